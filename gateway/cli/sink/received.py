"""A message as a sink received it, and what was wrong with how it was sent."""

import hashlib
from dataclasses import dataclass, field

from gateway.cli.sink.dots import BARE


@dataclass(frozen=True, slots=True)
class ReceivedRecipient:
    """An accepted RCPT: the address as written, and its parameters."""

    address: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """One message. Text of commands is UTF-8, with surrogate escapes for other octets."""

    octets: bytes
    """The message after removal of the dots that DATA adds; empty where the sink does not keep it."""
    size: int
    sha256: str
    sender: str
    """The reverse-path without brackets; empty: null."""
    parameters: tuple[str, ...]
    """Of MAIL, in the order and spelling received."""
    recipients: tuple[ReceivedRecipient, ...]
    commands: tuple[str, ...]
    """Since the last greeting of the client or the last message, in the client's spelling."""
    helo: str
    verb: str
    """HELO, EHLO or LHLO."""
    tls: bool
    user: str | None
    connection: int
    """Counts the connections of the sink, from 1."""
    chunked: bool
    """Sent with BDAT."""
    violations: tuple[str, ...] = ()
    """What a strict server could have objected to: nothing for a well-behaved client."""

    @property
    def smtputf8(self) -> bool:
        """Whether MAIL carried SMTPUTF8."""
        return "SMTPUTF8" in (parameter.upper() for parameter in self.parameters)

    @property
    def body(self) -> str | None:
        """The BODY parameter in upper case."""
        for parameter in self.parameters:
            if parameter.upper().startswith("BODY="):
                return parameter[5:].upper()
        return None


@dataclass(slots=True)
class Scrutiny:
    """Looks at the octets of a message as they come: in bounded memory unless they are to be kept."""

    keep: bool
    size: int = 0
    kept: bytearray = field(default_factory=bytearray)
    header_8bit: bool = False
    body_8bit: bool = False
    unclean: bool = False
    """A bare CR or LF, or a NUL."""
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    _in_header: bool = True
    _tail: bytes = b"\r\n"

    @property
    def sha256(self) -> str:
        """Of all octets, in hexadecimal."""
        return self._digest.hexdigest()

    def feed(self, data: bytes) -> None:
        """Take the next octets of the message."""
        self.size += len(data)
        self._digest.update(data)
        if self.keep:
            self.kept += data
        if BARE.search(b"\r" + data if self._tail.endswith(b"\r") else data):
            self.unclean = True
        text = self._tail + data
        self._look_for_8bit(text)
        self._tail = text[-3:]

    def _look_for_8bit(self, text: bytes) -> None:
        if not self._in_header:
            self.body_8bit = self.body_8bit or not text.isascii()
            return
        end = text.find(b"\r\n\r\n")
        self._in_header = end < 0
        header = text if end < 0 else text[:end]
        self.header_8bit = self.header_8bit or not header.isascii()
        if end >= 0:
            self.body_8bit = not text[end:].isascii()

    def violations(self, parameters: tuple[str, ...]) -> list[str]:
        """What these octets lack in the parameters of MAIL (RFC 6152, RFC 6531, RFC 5321 2.3.8)."""
        upper = [parameter.upper() for parameter in parameters]
        found = []
        if self.header_8bit and "SMTPUTF8" not in upper:
            found.append("8-bit header without SMTPUTF8")
        if self.body_8bit and not {"BODY=8BITMIME", "BODY=BINARYMIME"} & set(upper):
            found.append("8-bit body without BODY")
        if self.unclean and "BODY=BINARYMIME" not in upper:
            found.append("bare CR or LF, or NUL")
        return found
