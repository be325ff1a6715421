"""Header fields by their offsets (RFC 5322 2.2), and quick look-ups in a message's own header.

ABNF, as read here::

    fields     = *( field / garbage )
    field      = field-name *WSP ":" unfolded *( CRLF WSP unfolded ) CRLF
    field-name = 1*( %d33-57 / %d59-126 / %d128-255 )
    garbage    = 1*( any octet but CRLF ) CRLF

Only CRLF ends a line. The last CRLF may be missing where a delimiter or the end of the message cuts a header short.
Octets over 127 in a name are read here; the inspector tells of them.
"""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from gateway.mail.octets import OctetSource
from gateway.mime.structure import Bounds, Field, Span

_FIELD_END = re.compile(rb"\r\n(?![ \t])")
_NAME = re.compile(rb"[!-9;-~\x80-\xff]+")
_COLON = re.compile(rb"[ \t]*:")
_FIELD = re.compile(rb"([!-9;-~\x80-\xff]++)[ \t]*+:([^\r]*+(?:\r(?!\n(?![ \t]))[^\r]*+)*+)(?:\r\n)?")
_DEFAULT = Bounds()


def header_span(octets: OctetSource, start: int, stop: int) -> tuple[Span, int]:
    """Where the header of the message or part in `[start, stop)` lies, and where its body begins.

    Without an empty line all of it is header.
    """
    if octets.read(start, min(start + 2, stop)) == b"\r\n":
        return Span(start, start), start + 2
    end = octets.find(b"\r\n\r\n", start, stop)
    if end < 0:
        return Span(start, stop), stop
    return Span(start, end + 2), end + 4


def header_fields(octets: OctetSource, bounds: Bounds = _DEFAULT) -> tuple[Field, ...]:
    """The fields of the message's own header, in order, as many as `bounds` lets be read. Garbage is left out."""
    span, _ = header_span(octets, 0, len(octets))
    raw = octets.read(0, min(span.stop, bounds.header_octets))
    return tuple(read_fields(raw, 0, bounds.fields).fields)


class HeaderFields(NamedTuple):
    """A header, cut. `garbage`: lines that are no fields. `stop`: where reading stopped, in the octets read."""

    fields: list[Field]
    garbage: list[Span]
    stop: int


def read_fields(raw: bytes, base: int, most: int) -> HeaderFields:
    """Cut a header into fields, with `base` added to their offsets; at most so many lines are read."""
    fields: list[Field] = []
    garbage: list[Span] = []
    ascii_only = raw.isascii()
    at = 0
    while at < len(raw) and most > 0:
        most -= 1
        match = _FIELD.match(raw, at)
        if match is None:
            end = _FIELD_END.search(raw, at)
            stop = end.end() if end else len(raw)
            garbage.append(Span(base + at, base + stop))
        else:
            begin, end_of_value = match.span(2)
            stop = match.end()
            name = match[1].decode("latin-1")
            value = Span(base + begin, base + end_of_value)
            fields.append(Field(name, base + at, value, base + stop, ascii_only or raw[at:stop].isascii()))
        at = stop
    return HeaderFields(fields, garbage, at)


def lines(raw: bytes) -> Iterator[tuple[int, int]]:
    """Cut a header into unfolded lines: offsets in `raw`, each with the CRLF that ends it."""
    start = 0
    for end in _FIELD_END.finditer(raw):
        yield start, end.end()
        start = end.end()
    if start < len(raw):
        yield start, len(raw)


def field_at(raw: bytes, start: int, stop: int, base: int) -> Field | None:
    """Read one unfolded line of `raw` as a field, with `base` added to its offsets; None for garbage."""
    name = _NAME.match(raw, start, stop)
    if name is None:
        return None
    colon = _COLON.match(raw, name.end(), stop)
    if colon is None:
        return None
    value_stop = stop - 2 if raw[stop - 2 : stop] == b"\r\n" else stop
    return Field(
        name=name.group().decode("latin-1"),
        start=base + start,
        value=Span(base + colon.end(), base + max(value_stop, colon.end())),
        stop=base + stop,
        ascii=raw[start:stop].isascii(),
    )


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """A message's own header for look-ups by name, at the cost of a search each and without fields being made.

    `raw` begins with a CRLF that is not part of the message, and ends before the CRLF of its last field.
    """

    raw: bytes
    lowered: bytes

    @property
    def size(self) -> int:
        """Octets of the header, without the empty line."""
        return len(self.raw) if len(self.raw) > 2 else 0

    def first(self, name: str) -> bytes | None:
        """The value of the first field of this name, folded as it stands, without outer white space."""
        for colon in self._colons(name):
            end = _FIELD_END.search(self.raw, colon)
            return self.raw[colon : end.start() if end else len(self.raw)].strip()
        return None

    def count(self, name: str) -> int:
        """How many fields have this name."""
        return sum(1 for _ in self._colons(name))

    def field_count(self) -> int:
        """How many lines the header has when unfolded."""
        raw = self.raw
        return raw.count(b"\r\n") - raw.count(b"\r\n ") - raw.count(b"\r\n\t") if len(raw) > 2 else 0

    def _colons(self, name: str) -> Iterator[int]:
        """Where the values of the fields of this name begin."""
        needle = _needle(name)
        at = self.lowered.find(needle)
        while at >= 0:
            colon = _COLON.match(self.lowered, at + len(needle))
            if colon:
                yield colon.end()
            at = self.lowered.find(needle, at + len(needle))


def header_block(octets: OctetSource, bounds: Bounds = _DEFAULT) -> HeaderBlock:
    """The header of a message, of which at most `bounds.header_octets` are looked at."""
    limit = bounds.header_octets
    if octets.read(0, 2) == b"\r\n":
        return HeaderBlock(b"\r\n", b"\r\n")
    end = octets.find(b"\r\n\r\n", 0, limit + 4)
    raw = b"\r\n" + octets.read(0, end if end >= 0 else limit)
    return HeaderBlock(raw, raw.lower())


@functools.lru_cache(maxsize=512)
def _needle(name: str) -> bytes:
    return b"\r\n" + name.lower().encode("ascii")
