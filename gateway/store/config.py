"""What an operator can choose about mailboxes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.mail.units import OctetCount, Seconds
from gateway.route.header_rules import HeaderName
from gateway.route.regex import Regex

DAY = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class QuotaConfig:
    """`mailboxes: quota:`: what an account may have, unless `gateway account quota` says otherwise. None: no limit."""

    storage: OctetCount | None = None
    messages: int | None = None
    mailboxes: int | None = 10_000


class Answer(StrEnum):
    """What is said of mail for a mailbox that is full."""

    LATER = "later"
    """452 4.2.2: it is tried again."""
    NEVER = "never"
    """552 5.2.2: its sender is told at once."""


@dataclass(frozen=True, slots=True)
class OverQuotaConfig:
    """`mailboxes: over_quota:`."""

    clients: Answer = Answer.LATER
    """To clients: at RCPT, or at the end of the message where that is too large."""
    queued: Answer = Answer.LATER
    """Of mail that is in the queue already."""


class Believed(StrEnum):
    """Whose mail may say of itself that it is junk."""

    ANYONE = "anyone"
    TRUSTED = "trusted"


def _junk_headers() -> Mapping[HeaderName, Regex]:
    yes = Regex.parse("(?i)^yes")
    return {HeaderName(name): yes for name in ("X-Spam-Flag", "X-Spam", "X-Spam-Status")}


@dataclass(frozen=True, slots=True)
class JunkConfig:
    """`mailboxes: junk:`: what filters before us write into the header of mail that belongs into the junk mailbox."""

    headers: Mapping[HeaderName, Regex] = field(default_factory=_junk_headers)
    """Fields, each with a regular expression over its value; any that matches is enough. None: {}."""
    believed: Believed = Believed.ANYONE
    """`anyone`: a sender who writes such a field harms nobody's mail but their own. `trusted`: only mail that came from
    a client that may relay, such as the filter itself."""


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
    over_quota: OverQuotaConfig = OverQuotaConfig()
    junk: JunkConfig = field(default_factory=JunkConfig)
    subaddress_mailboxes: bool = False
    """Whether mail for al+lists@ goes to the mailbox `lists` of al@, where there is one."""
    history: Seconds = Seconds(90 * DAY)
    """How long it is remembered what changed, for clients that come back (QRESYNC, JMAP)."""
    open_accounts: int = 256
    """Accounts whose files a worker keeps open."""
    lock_timeout: Seconds = Seconds(5)
    """How long a commit waits for another process that writes to the same account."""
    max_size: OctetCount | None = None
    """The largest size of an account's database; at that size it takes no more mail. None: the disk's."""
