"""What can be configured about IMAP."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.imap.capability_names import CapabilityName
from gateway.mail.address import Address
from gateway.mail.ip import Network
from gateway.mail.units import OctetCount, Seconds


class LiteralForm(StrEnum):
    """Literals that a client sends without waiting (RFC 7888): of any size, or of 4096 octets at most."""

    PLUS = "plus"
    MINUS = "minus"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """Clients that do without some capabilities, since they use them wrongly: whoever all that is given fits."""

    without: tuple[CapabilityName, ...]
    """Neither announced nor possible."""
    account: Address | None = None
    """Whoever logs in to this account."""
    listener: str | None = None
    """Whoever comes to this listener."""
    client: tuple[Network, ...] = ()
    """Whoever comes from one of these networks."""

    def __post_init__(self) -> None:
        if self.account is None and self.listener is None and not self.client:
            raise ValueError("names nobody: give `account`, `listener` or `client`; for all, use `without` of `imap`")


@dataclass(frozen=True, slots=True)
class ImapConfig:
    """Holds for all listeners of IMAP."""

    command_line: OctetCount = OctetCount(64 * 1024)
    """Octets of a command with the literals that are no messages: BAD [TOOBIG]. RFC 7162 4 wants 8192 at least."""
    message_size: OctetCount = OctetCount(50 * 1024 * 1024)
    """Octets of a message that is appended, announced with APPENDLIMIT (RFC 7889): NO [TOOBIG]."""
    literals: LiteralForm = LiteralForm.PLUS
    """Which literals come unasked: LITERAL+ or LITERAL-."""
    errors: int = 20
    """Commands in a row that end in BAD: BYE."""
    idle: Seconds = Seconds(30 * 60)
    """Time without a command after which a client that has logged in is told BYE (RFC 9051 5.4: 30 minutes or more).
    Not in IDLE, nor with NOTIFY."""
    greeting: Seconds = Seconds(120)
    """Time for a client to log in: BYE."""
    stalled: Seconds = Seconds(300)
    """Time for a client to read something of what it was sent: then its connection is broken off."""
    keepalive: Seconds = Seconds(240)
    """Time after which a client in IDLE is told that the connection still stands, so that routers in between do not
    forget it."""
    submitters: tuple[Address, ...] = ()
    """Accounts of servers that submit mail for users: they may fetch URLs that were made for that (RFC 4467 3)."""
    shared: tuple[Address, ...] = ()
    """Accounts that are nobody's own: what they share is in the namespace `Shared/` (RFC 2342)."""
    contact: str = ""
    """How the operator is reached, a URI (`mailto:postmaster@home.example`): `/shared/admin` (RFC 5464 3.2.1.1)."""
    comment: str = ""
    """Told of the server as `/shared/comment`."""
    search: Seconds = Seconds(60)
    """Time for a search: NO [LIMIT]."""
    message_limit: int | None = 1_000_000
    """Messages that one command works on, announced with MESSAGELIMIT (RFC 9738)."""
    save_limit: int | None = 1_000_000
    """Messages that one APPEND or COPY brings into a mailbox, announced with SAVELIMIT (RFC 9738)."""
    slow_search: Seconds = Seconds(2)
    """What takes longer is explained in the log, at debug."""
    without: tuple[CapabilityName, ...] = ()
    """Capabilities that nobody is offered."""
    exemptions: tuple[Exemption, ...] = ()
    """Capabilities that some are not offered."""

    def __post_init__(self) -> None:
        """Raises ValueError."""
        if any(limit is not None and limit < 1 for limit in (self.message_limit, self.save_limit)):
            raise ValueError("message_limit and save_limit are 1 or more; null: any number of messages")
