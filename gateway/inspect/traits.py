"""What kind of octets a message or a body is made of (RFC 2045 2.7 to 2.9, RFC 5321 4.5.3.1.6, RFC 3030 3).

7bit and 8bit data have lines of at most 998 octets, CR and LF only together, and no NUL. All else is binary.
"""

from collections.abc import Iterator
from enum import Flag, auto

from gateway.mail.envelope import Body
from gateway.mail.octets import WINDOW, MemoryOctets, OctetSource

MAX_LINE = 998
"""Octets of a line, without its CRLF."""


class Traits(Flag):
    """What was seen in a run of octets."""

    EIGHTBIT = auto()
    NUL = auto()
    BARE_NEWLINE = auto()
    """A CR or LF alone."""
    LONG_LINE = auto()


PLAIN = Traits(0)
BINARY = Traits.NUL | Traits.BARE_NEWLINE | Traits.LONG_LINE
ILLEGAL_IN_HEADER = Traits.NUL | Traits.BARE_NEWLINE

_WORDS = {
    Traits.EIGHTBIT: "octets over 127",
    Traits.NUL: "NUL",
    Traits.BARE_NEWLINE: "CR or LF alone",
    Traits.LONG_LINE: f"a line of more than {MAX_LINE} octets",
}


def survey(octets: OctetSource, start: int, stop: int, absent: Traits = PLAIN) -> Traits:
    """Look at `[start, stop)`, which begins at the beginning of a line. Holds one window and one line at most.

    `absent`: traits that are known not to be there, since somebody looked before.
    """
    if stop - start <= WINDOW or isinstance(octets, MemoryOctets):
        return _traits(octets.read(start, stop), absent)
    found, rest = PLAIN, b""
    for chunk in octets.chunks(start, stop):
        data = rest + chunk
        cut = data.rfind(b"\n") + 1
        if not cut and len(data) > MAX_LINE + 2:
            cut = len(data) - 1
        found |= _traits(data[:cut], absent)
        rest = data[cut:]
    return found | _traits(rest, absent)


def _traits(data: bytes, absent: Traits) -> Traits:
    found = PLAIN if data.isascii() else Traits.EIGHTBIT
    if b"\0" in data:
        found |= Traits.NUL
    if Traits.BARE_NEWLINE not in absent and has_bare_newline(data):
        found |= Traits.BARE_NEWLINE
    if _has_long_line(data):
        found |= Traits.LONG_LINE
    return found


def has_bare_newline(data: bytes) -> bool:
    """Whether a CR or LF stands alone. A line per LF means no bare CR, as many CR as LF then no bare LF."""
    lines = data.splitlines()
    breaks = len(lines) - 1 if lines and data[-1] not in b"\r\n" else len(lines)
    return not breaks == data.count(b"\n") == data.count(b"\r")


def _has_long_line(data: bytes) -> bool:
    """Jumps from LF to LF, as far as the lines between cannot be too long."""
    start, size = 0, len(data)
    while size - start > MAX_LINE:
        newline = data.rfind(b"\n", start, start + MAX_LINE + 2)
        if newline < 0:
            return True
        start = newline + 1
    return False


def body_kind(traits: Traits) -> Body:
    """The BODY value that octets with these traits must be sent under."""
    if traits & BINARY:
        return Body.BINARYMIME
    return Body.EIGHTBITMIME if traits else Body.SEVENBIT


def in_words(traits: Traits) -> str:
    """For people: `octets over 127, NUL`."""
    return ", ".join(words for trait, words in _WORDS.items() if trait in traits)


def may_declare_binary(octets: OctetSource) -> bool:
    """Whether some header may say `Content-Transfer-Encoding: binary`: False is certain, True is not.

    A message that is neither multipart nor holds another is settled by its own header.
    """
    end = 0 if octets.read(0, 2) == b"\r\n" else octets.find(b"\r\n\r\n", 0, WINDOW)
    if end >= 0:
        header = octets.read(0, end).lower()
        if b"multipart" not in header and b"rfc822" not in header and b"global" not in header:
            return b"binary" in header
    return any(_near_encoding(data) for data in _lowered(octets))


_FIELD = b"content-transfer-encoding"
_VALUE = b"binary"
_REACH = 2 * MAX_LINE
"""How far behind the name of the field its value is looked for; a field that folds so much is not worth more."""


def _near_encoding(data: bytes) -> bool:
    """Each turn goes on by `_REACH` octets at least, so hostile repetition costs no more than other octets."""
    at = data.find(_FIELD)
    while at >= 0:
        value = data.find(_VALUE, at)
        if value < 0:
            return False
        if data.rfind(_FIELD, max(at, value - _REACH), value) >= 0:
            return True
        at = data.find(_FIELD, value)
    return False


def _lowered(octets: OctetSource) -> Iterator[bytes]:
    """The message in lower case, in pieces that overlap by what a field may reach."""
    rest = b""
    for chunk in octets.chunks(0, len(octets)):
        data = (rest + chunk).lower() if rest else chunk.lower()
        yield data
        rest = data[-_REACH:]
