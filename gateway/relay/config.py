"""What the configuration says about accepting mail (keys `accept`, `relay_domains`)."""

from dataclasses import dataclass
from typing import Final

from gateway.mail.address import Address
from gateway.mail.units import OctetCount, Seconds
from gateway.mime.structure import Bounds
from gateway.route.patterns import DomainPattern

MOST_HEADER: Final = Bounds().header_octets
"""Rights to write under an address are judged by what is looked at: what lies behind it must not pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayDomain:
    """A domain that we relay for: anyone may write to it, and its recipients may be known."""

    name: DomainPattern
    """A domain, or `*.domain` for all that is below it."""
    recipients: tuple[Address, ...] | None = None
    """All valid recipients; others are refused at RCPT with 550 5.1.1. Absent: not known here."""
    call_out: bool = False
    """Ask the next hop at RCPT time whether it knows the recipient."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptConfig:
    """Limits on what is accepted, beyond those of the session."""

    received_hops: int = 50
    """More Received fields than this are a loop: 554 5.4.6 (RFC 5321 6.3)."""
    header_size: OctetCount = OctetCount(1024 * 1024)
    """Octets of the message's own header; 1 MiB at most, nobody looks further."""
    header_count: int = 1000
    """Fields of the message's own header."""
    call_out_cache: Seconds = Seconds(3600)
    """How long a next hop's answer about a recipient is believed; a refusal for a tenth of it."""
    call_out_timeout: Seconds = Seconds(15)
    """How long to wait for that answer; without one the recipient is accepted."""

    def __post_init__(self) -> None:
        if self.header_size > MOST_HEADER:
            raise ValueError(f"`header_size` is {MOST_HEADER} octets at most: nobody looks further")
