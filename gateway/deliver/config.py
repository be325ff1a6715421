"""Settings of delivery."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from gateway.mail.units import Seconds

_HALF_MINUTE = Seconds(30)
_TWO_MINUTES = Seconds(120)
_THREE_MINUTES = Seconds(180)
_FIVE_MINUTES = Seconds(300)
_TEN_MINUTES = Seconds(600)
_FIVE_SECONDS = Seconds(5)


class Family(StrEnum):
    """Which addresses of a host are tried."""

    ANY = "any"
    IPV4 = "ipv4"
    IPV6 = "ipv6"


class Chunking(StrEnum):
    """When BDAT is said in place of DATA (RFC 3030)."""

    NEEDED = "needed"
    """Where DATA would not carry the message as it is: binary mail, or a last line without its end."""
    OFFERED = "offered"
    """Wherever the host offers it."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a host may take (RFC 5321 4.5.3.2 has the minimum of each)."""

    connect: Seconds = _HALF_MINUTE
    """For the TCP handshake with one address."""
    greeting: Seconds = _FIVE_MINUTES
    """For the first reply, and for TLS, EHLO and AUTH each."""
    command: Seconds = _FIVE_MINUTES
    """For MAIL and RCPT."""
    data: Seconds = _TWO_MINUTES
    """For the reply to DATA."""
    block: Seconds = _THREE_MINUTES
    """For taking a block of the message."""
    final: Seconds = _TEN_MINUTES
    """For the reply to the end of the message."""
    quit: Seconds = _FIVE_SECONDS
    """For the reply to QUIT."""


@dataclass(frozen=True, slots=True)
class DeliverConfig:
    """How mail is carried away."""

    timeouts: Timeouts = field(default_factory=Timeouts)
    """Time-outs of the conversation."""
    idle: Seconds = _FIVE_SECONDS
    """How long an unused connection is kept for the next message."""
    family: Family = Family.ANY
    """Which addresses of a host are tried: any, ipv4 or ipv6."""
    addresses_per_host: int = 5
    """Addresses of one host tried in one attempt."""
    recipients_per_transaction: int = 100
    """RFC 5321 4.5.3.1.8: every server takes so many. A host that says less (RFC 9422) gets less."""
    chunking: Chunking = Chunking.NEEDED
    """When BDAT is used: needed or offered."""
    mx_port: int = 25
    """The port of mail exchangers."""
    ca_file: Path | None = None
    """PEM file with certificate authorities that are trusted besides the system's."""
