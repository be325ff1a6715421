"""What a sink announces, and how it misbehaves when told to."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Self

ANNOUNCED: Final = frozenset(
    {"PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES", "CHUNKING", "BINARYMIME"}
)
"""What a sink announces unless told otherwise. STARTTLS, REQUIRETLS and AUTH come with their settings."""

CONNECT: Final = "CONNECT"
"""Names the moment before the greeting where a command's name is asked for."""

END_OF_DATA: Final = "."
"""Names the moment after the last octet of a message where a command's name is asked for."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """All of a sink's settings. The defaults take everything and answer 250."""

    extensions: frozenset[str] = ANNOUNCED
    helo_only: bool = False
    """EHLO is answered with 502, as servers of RFC 821 do."""
    lmtp: bool = False
    """LHLO instead of EHLO, and a reply per recipient after the message (RFC 2033)."""
    hostname: str = "sink.example"
    size: int = 100 * 1024 * 1024
    """Octets of the largest message taken; announced with SIZE."""
    tls: ssl.SSLContext | None = None
    """Given: STARTTLS is announced."""
    login: tuple[str, str] | None = None
    """User and password: AUTH PLAIN and LOGIN are announced, and MAIL without a login is refused."""
    fail: int = 0
    """The first so many messages are answered with 451."""
    replies: Mapping[str, str] = field(default_factory=dict)
    """What to answer instead: a command's verb, `CONNECT` or `.` to a reply; lines are parted with a bar."""
    recipients: Mapping[str, str] = field(default_factory=dict)
    """What to answer to RCPT of one address."""
    stored: Mapping[str, str] = field(default_factory=dict)
    """LMTP: what to answer for one address after the message."""
    eager_data: bool = False
    """DATA is answered with 354 though no recipient was accepted, as RFC 2920 3.1 warns of."""
    hang_after: str | None = None
    """A command's verb, `CONNECT` or `.`: when it comes, it and all that follows stays unanswered."""
    drop_after: str | None = None
    """As `hang_after`, but the connection is broken."""
    drop_after_octets: int | None = None
    """The connection is broken after so many octets of a message."""
    close_after_message: bool = False
    """421 follows each message's reply, and the connection is closed."""
    keep: bool = True
    """Octets are kept in memory; else only counted and hashed."""

    def without(self, *keywords: str) -> Self:
        """The same, announcing less."""
        return replace(self, extensions=self.extensions - {word.upper() for word in keywords})

    def keywords(self, *, secure: bool, authenticated: bool) -> tuple[str, ...]:
        """The lines of the reply to EHLO after the first."""
        lines = [f"SIZE {self.size}" if word == "SIZE" else word for word in sorted(self.extensions)]
        if self.tls is not None and not secure:
            lines.append("STARTTLS")
        if secure and "REQUIRETLS" not in self.extensions and self.tls is not None:
            lines.append("REQUIRETLS")
        if self.login is not None and not authenticated:
            lines.append("AUTH PLAIN LOGIN")
        return tuple(lines)


PLAIN: Final = Behaviour()
"""Takes everything."""
