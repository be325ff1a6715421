"""What can be configured about IMAP."""

from dataclasses import dataclass

from gateway.mail.address import Address
from gateway.mail.units import OctetCount, Seconds


@dataclass(frozen=True, slots=True)
class ImapConfig:
    """Holds for all listeners of IMAP."""

    command_line: OctetCount = OctetCount(64 * 1024)
    """Octets of a command with the literals that are no messages: BAD [TOOBIG]. RFC 7162 4 wants 8192 at least."""
    message_size: OctetCount = OctetCount(50 * 1024 * 1024)
    """Octets of a message that is appended, announced with APPENDLIMIT (RFC 7889): NO [TOOBIG]."""
    idle: Seconds = Seconds(30 * 60)
    """Time without a command after which a client that has logged in is told BYE (RFC 9051 5.4: 30 minutes or more)."""
    greeting: Seconds = Seconds(60)
    """Time for a client to log in."""
    shared: tuple[Address, ...] = ()
    """Accounts that are nobody's own: what they share is in the namespace `Shared/` (RFC 2342)."""
    search: Seconds = Seconds(60)
    """Time for a search: NO [LIMIT]."""
