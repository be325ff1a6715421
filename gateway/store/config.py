"""What an operator can choose about mailboxes."""

from dataclasses import dataclass, field

from gateway.mail.units import OctetCount, Seconds

DAY = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class QuotaConfig:
    """`mailboxes: quota:`: what an account may have, unless `gateway account quota` says otherwise. None: no limit."""

    storage: OctetCount | None = None
    messages: int | None = None
    mailboxes: int | None = 10_000


@dataclass(frozen=True, slots=True)
class SpecialNames:
    """`mailboxes: names:`: what the mailboxes are called that every account begins with. Empty: not made."""

    drafts: str = "Drafts"
    sent: str = "Sent"
    archive: str = "Archive"
    junk: str = "Junk"
    trash: str = "Trash"


@dataclass(frozen=True, slots=True)
class ExpireConfig:
    """`mailboxes: expire:`: how long messages stay in mailboxes of these uses. None: until somebody expunges them."""

    junk: Seconds | None = None
    trash: Seconds | None = None


@dataclass(frozen=True, slots=True)
class MailboxConfig:
    """`mailboxes:` in the configuration."""

    quota: QuotaConfig = field(default_factory=QuotaConfig)
    names: SpecialNames = field(default_factory=SpecialNames)
    expire: ExpireConfig = field(default_factory=ExpireConfig)
    history: Seconds = Seconds(90 * DAY)
    """How long it is remembered what changed, for clients that come back (QRESYNC, JMAP)."""
    open_accounts: int = 256
    """Accounts whose files a worker keeps open."""
    lock_timeout: Seconds = Seconds(5)
    """How long a commit waits for another process that writes to the same account."""
    max_size: OctetCount | None = None
    """The largest size of an account's database; at that size it takes no more mail. None: the disk's."""
