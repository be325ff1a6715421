"""The envelope of a message (RFC 5321 2.3.1) with the parameters of its extensions."""

from dataclasses import dataclass, field
from enum import StrEnum

from gateway.mail.address import Address, ReversePath
from gateway.mail.units import Timestamp


class Body(StrEnum):
    """The BODY parameter (RFC 6152, RFC 3030), and the kind of octets that a message is made of."""

    SEVENBIT = "7BIT"
    EIGHTBITMIME = "8BITMIME"
    BINARYMIME = "BINARYMIME"


class Ret(StrEnum):
    """How much of the message a failure report returns (RFC 3461 4.3)."""

    FULL = "FULL"
    HDRS = "HDRS"


class Notify(StrEnum):
    """When a recipient's sender wants a report (RFC 3461 4.1). `NEVER` stands alone."""

    NEVER = "NEVER"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    DELAY = "DELAY"


@dataclass(frozen=True, slots=True)
class OriginalRecipient:
    """The ORCPT parameter, decoded (RFC 3461 4.2, RFC 6533 3): address type in lower case, and the address."""

    kind: str
    address: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """A forward-path with its DSN parameters. `notify` None: the parameter was absent."""

    address: Address
    notify: frozenset[Notify] | None = None
    original: OriginalRecipient | None = None

    def wants(self, occasion: Notify) -> bool:
        """Whether a report of this occasion is due (RFC 3461 4.1: absent means FAILURE, and DELAY by custom)."""
        if self.notify is None:
            return occasion in (Notify.FAILURE, Notify.DELAY)
        return occasion in self.notify


@dataclass(frozen=True, slots=True)
class HoldFor:
    """HOLDFOR (RFC 4865 3): to be released so long after its arrival."""

    seconds: int


@dataclass(frozen=True, slots=True)
class HoldUntil:
    """HOLDUNTIL (RFC 4865 3): to be released at a moment."""

    moment: Timestamp


Hold = HoldFor | HoldUntil


class ByMode(StrEnum):
    """What becomes of a message that is not delivered in time (RFC 2852 4.1.3)."""

    RETURN = "R"
    """It is returned to its sender."""
    NOTIFY = "N"
    """Its sender is told, and it goes on."""


@dataclass(frozen=True, slots=True)
class DeliverBy:
    """The BY parameter (RFC 2852 4): to be delivered within `seconds` of its arrival."""

    seconds: int
    """Zero and less: its time was over before it came. A client says that with `NOTIFY` alone."""
    mode: ByMode
    trace: bool = False
    """Whether each server that passes it on tells the sender so."""


@dataclass(frozen=True, slots=True)
class MailOptions:
    """The parameters that the client gave with MAIL: what it asked for, apart from what is needed."""

    body: Body | None = None
    smtputf8: bool = False
    requiretls: bool = False
    size: int | None = None
    ret: Ret | None = None
    envid: str | None = None
    """Decoded from xtext, case kept."""
    hold: Hold | None = None
    """Not to be sent before (FUTURERELEASE)."""
    deliver_by: DeliverBy | None = None
    """To be delivered by (DELIVERBY)."""
    priority: int | None = None
    """From -9 to 9 (MT-PRIORITY); None: the parameter was absent, which is as 0."""

    def release(self, received: Timestamp) -> Timestamp:
        """When a message that came then may be sent. Retries and notices of delay count from this moment."""
        match self.hold:
            case None:
                return received
            case HoldFor(seconds=seconds):
                return Timestamp(received + seconds)
            case HoldUntil(moment=moment):
                return max(moment, received)

    def deadline(self, received: Timestamp) -> Timestamp | None:
        """By when it is to be delivered, from its arrival on (RFC 2852 4), held or not; None: no time was named."""
        by = self.deliver_by
        return Timestamp(received + by.seconds) if by is not None else None


@dataclass(frozen=True, slots=True)
class Envelope:
    """Sender, recipients in the order given, and what was asked for."""

    sender: ReversePath
    recipients: tuple[Recipient, ...]
    options: MailOptions = field(default_factory=MailOptions)
