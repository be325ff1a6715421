"""What can be configured about receiving mail: the limits that hold for all its listeners."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.mail.units import OctetCount, Seconds


class BareNewline(StrEnum):
    """What becomes of a message that has a CR or LF which is no CRLF. It is never relayed as it is."""

    REJECT = "reject"
    NORMALIZE = "normalize"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may ask of us. Whoever exceeds one is told which."""

    message_size: OctetCount = OctetCount(50 * 1024 * 1024)
    """Octets of a message, announced with SIZE: 552 5.3.4 at MAIL or after DATA."""
    recipients: int = 1000
    """Recipients of a message, announced with LIMITS: 452 4.5.3 for each one more."""
    junk_commands: int = 100
    """Commands that bring no mail nearer (NOOP, RSET, VRFY, HELP, EHLO) between two messages: 421 4.7.0."""
    errors: int = 20
    """Commands refused with a 5yz reply between two messages: 421 4.7.0."""
    failed_logins: int = 3
    """Log-ins that a connection may try in vain: 421 4.7.0."""
    command_line: OctetCount = OctetCount(2048)
    """Octets of a command with its CRLF; RFC 5321 4.5.3.1.4 has 512, and the extensions add to that."""
    command_idle: Seconds = Seconds(300)
    """Time for a command to arrive whole (RFC 5321 4.5.3.2.7): 421 4.4.2."""
    data_idle: Seconds = Seconds(180)
    """Time between two pieces of a message: 421 4.4.2."""
    data_rate: OctetCount = OctetCount(100)
    """Octets a second that a message must bring on average, once `data_grace` is over: 421 4.4.2."""
    data_grace: Seconds = Seconds(60)
    """Time that a message may take at any rate."""
    handshake: Seconds = Seconds(30)
    """Time for a TLS handshake, and for a PROXY header."""
    connections_per_client: int = 100
    """Connections of one address to one worker: 421 4.7.0."""
    connections: int = 10_000
    """Connections to one worker: 421 4.3.2."""
    shutdown: Seconds = Seconds(30)
    """Time that messages in flight have to arrive when the gateway stops."""
    bare_newline: BareNewline = BareNewline.REJECT
    """What becomes of a message with a bare CR or LF; one with a NUL is always refused, but for BINARYMIME."""
