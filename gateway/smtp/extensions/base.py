"""What an SMTP service extension consists of (RFC 5321 2.2), for the server and the client side alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gateway.mail.capabilities import Capabilities
from gateway.mail.envelope import MailOptions, Notify, OriginalRecipient, Recipient
from gateway.mail.units import OctetCount, Seconds, Timestamp


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server's announcement depends on."""

    message_size: OctetCount
    recipients: int
    tls_possible: bool
    """STARTTLS can be given now."""
    under_tls: bool
    mechanisms: tuple[str, ...] = ()
    """Of SASL, by which this client can log in now."""
    hold_limit: Seconds = Seconds(0)
    """How long mail may be held for its sender; 0: not at all."""
    now: Timestamp = Timestamp(0)
    """For the latest moment until which it may be held."""


@dataclass(frozen=True, slots=True)
class RecipientOptions:
    """The parameters of RCPT."""

    notify: frozenset[Notify] | None = None
    original: OriginalRecipient | None = None


MailReader = Callable[[str | None, MailOptions], MailOptions]
"""Takes a parameter's value and the options so far; returns them with it. Raises ProtocolError."""

RecipientReader = Callable[[str | None, RecipientOptions], RecipientOptions]
"""As MailReader, for RCPT."""

MailWriter = Callable[[MailOptions, Capabilities], str]
"""The parameters to add to MAIL for a host, each with a blank in front; "" for none."""

RecipientWriter = Callable[[Recipient, Capabilities, MailOptions], str]
"""As MailWriter, for RCPT, which may depend on what its MAIL said."""


def _announce_nothing(_offer: Offer) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class ServiceExtension:
    """One extension: its EHLO keyword, and the parameters that it adds to commands."""

    keyword: str
    announce: Callable[[Offer], str | None] = _announce_nothing
    """The line of the EHLO reply, or None where it is not offered."""
    mail: Mapping[str, MailReader] = field(default_factory=dict)
    rcpt: Mapping[str, RecipientReader] = field(default_factory=dict)
    write_mail: MailWriter | None = None
    write_rcpt: RecipientWriter | None = None


def always(keyword: str) -> Callable[[Offer], str | None]:
    """Announced to everyone, without arguments."""

    def announce(_offer: Offer) -> str | None:
        return keyword

    return announce
