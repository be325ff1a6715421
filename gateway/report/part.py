"""One body part of a report: its type, its content, and the transfer encoding that its form allows (RFC 2045)."""

from dataclasses import dataclass
from typing import Final

from gateway.report.request import Form
from gateway.rewrite.transfer_encoding import Coding, coded

LONGEST_LINE: Final = 998
_FEW: Final = 6
"""Up to one octet in this many may be non-ASCII for quoted-printable to be the readable choice."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a part holds. `type` is the value of Content-Type."""

    type: str
    octets: bytes
    description: str = ""


def part(content: Content, form: Form) -> bytes:
    """Header, empty line and body, ending with CRLF."""
    encoding, body = _encoded(content.octets, form)
    header = f"Content-Type: {content.type}\r\n"
    if content.description:
        header += f"Content-Description: {content.description}\r\n"
    if encoding != "7bit":
        header += f"Content-Transfer-Encoding: {encoding}\r\n"
    end = b"" if body.endswith(b"\r\n") else b"\r\n"
    return header.encode() + b"\r\n" + body + end


def fits_seven_bit(octets: bytes) -> bool:
    """Legal as 7bit: ASCII without NUL, CRLF as line ends, lines in bounds."""
    return octets.isascii() and _has_legal_lines(octets)


def _has_legal_lines(octets: bytes) -> bool:
    pairs = octets.count(b"\r\n")
    return (
        b"\0" not in octets
        and octets.count(b"\r") == pairs
        and octets.count(b"\n") == pairs
        and all(len(line) <= LONGEST_LINE for line in octets.split(b"\r\n"))
    )


def _encoded(octets: bytes, form: Form) -> tuple[str, bytes]:
    if fits_seven_bit(octets):
        return "7bit", octets
    legal = _has_legal_lines(octets)
    if form is Form.UTF8 and legal:
        return "8bit", octets
    if legal and _non_ascii(octets) * _FEW <= len(octets):
        return "quoted-printable", b"".join(coded([octets], Coding.QUOTED_PRINTABLE))
    return "base64", b"".join(coded([octets], Coding.BASE64))


def _non_ascii(octets: bytes) -> int:
    return len(octets) - len(octets.translate(None, bytes(range(128, 256))))
