"""The envelope of a message (RFC 5321 2.3.1) with the parameters of its extensions."""

from dataclasses import dataclass, field
from enum import StrEnum

from gateway.mail.address import Address, ReversePath


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
class MailOptions:
    """The parameters that the client gave with MAIL: what it asked for, apart from what is needed."""

    body: Body | None = None
    smtputf8: bool = False
    requiretls: bool = False
    size: int | None = None
    ret: Ret | None = None
    envid: str | None = None
    """Decoded from xtext, case kept."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Sender, recipients in the order given, and what was asked for."""

    sender: ReversePath
    recipients: tuple[Recipient, ...]
    options: MailOptions = field(default_factory=MailOptions)
