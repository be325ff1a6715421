"""Sections of a message (RFC 9051 6.4.5.1), found in its octets. Needs no session: FETCH, URLAUTH and CATENATE use it.

Numbers are those of `gateway.mime.structure`: a message that is no multipart has its body as part 1, and so has each
message inside. A message inside that is encoded, or nested too deep, is what BODYSTRUCTURE shows it as: one without a
header, of one text.
"""

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gateway.imap.wire.fetch import Section, Text, Window
from gateway.mail.octets import OctetSource
from gateway.mime.header import header_span, read_fields
from gateway.mime.scan import scan
from gateway.mime.structure import Bounds, ContentType, Field, Kind, Part, Span

_BOUNDS = Bounds()
_FEW = 32
"""Names that are looked for by one search."""
_VALUE = rb"[^\r]*+(?:\r(?!\n(?![ \t]))[^\r]*+)*+(?:\r\n)?"
"""As `gateway.mime.header` reads it: up to a CRLF without a blank behind it."""
_NAME = re.compile(rb"[!-9;-~]+")
"""What a field can be called (RFC 5322 2.2); commands may ask for others, which no message has."""
MESSAGES = frozenset({"message/rfc822", "message/global"})


@dataclass(frozen=True, slots=True)
class Extract:
    """Pieces of a message, one after the other."""

    octets: OctetSource
    spans: tuple[Span, ...]

    def __len__(self) -> int:
        return sum(stop - start for start, stop in self.spans)

    def within(self, window: Window) -> "Extract":
        """What of it lies in a window."""
        low, high = window.start, window.start + window.size
        found: list[Span] = []
        at = 0
        for start, stop in self.spans:
            first, last = max(low - at, 0), min(high - at, stop - start)
            if first < last:
                found.append(Span(start + first, start + last))
            at += stop - start
        return Extract(self.octets, tuple(found))

    def chunks(self) -> Iterator[bytes]:
        """In order, each of a bounded size."""
        for start, stop in self.spans:
            yield from self.octets.chunks(start, stop)

    def __bytes__(self) -> bytes:
        """All of it in memory."""
        if len(self.spans) == 1:
            return self.octets.read(*self.spans[0])
        return b"".join([self.octets.read(start, stop) for start, stop in self.spans])


@dataclass(frozen=True, slots=True)
class _Message:
    """A message, or one inside."""

    header: Span
    body: Span
    root: Part | None = None
    """None: it was not scanned, and nothing in it can be named."""


class Sections:
    """Of one message, whose lines end with CRLF. It is scanned when that is needed first. All raise OSError."""

    __slots__ = ("_octets", "scanned")

    def __init__(self, octets: OctetSource, scanned: Part | None = None) -> None:
        self._octets = octets
        self.scanned = scanned
        """Its structure, once somebody needed it."""

    @property
    def root(self) -> Part:
        """Its structure."""
        if self.scanned is None:
            self.scanned = scan(self._octets).root
        return self.scanned

    def find(self, section: Section) -> Extract | None:
        """None: there is no such section."""
        spans = self._message(section) if not section.part else self._in_part(section)
        return None if spans is None else Extract(self._octets, spans)

    def part(self, numbers: Sequence[int]) -> Part | None:
        """The body part with this number. Of a message that is no multipart, part 1 is the message itself."""
        found, message = self.root, True
        for number in numbers:
            following = _inside(found, number, message=message)
            if following is None:
                return None
            found, message = following, False
        return found

    def _message(self, section: Section) -> tuple[Span, ...] | None:
        if section.text is Text.ALL:
            return (Span(0, len(self._octets)),)
        return self._text(_outer(self._octets), section)

    def _in_part(self, section: Section) -> tuple[Span, ...] | None:
        part = self.part(section.part)
        if part is None:
            return None
        match section.text:
            case Text.ALL:
                return (part.body,)
            case Text.MIME:
                return (Span(part.header.start, part.body.start),)
            case _:
                message = _inner(part)
                return None if message is None else self._text(message, section)

    def _text(self, message: _Message, section: Section) -> tuple[Span, ...] | None:
        match section.text:
            case Text.HEADER:
                return (Span(message.header.start, message.body.start),)
            case Text.TEXT:
                return (message.body,)
            case Text.FIELDS:
                return self._fields(message, section.fields, wanted=True)
            case Text.NOT_FIELDS:
                return self._fields(message, section.fields, wanted=False)
            case _:
                return None

    def _fields(self, message: _Message, names: Sequence[bytes], *, wanted: bool) -> tuple[Span, ...]:
        header = message.header
        named = self._named(message, names)
        blank = Span(header.stop, message.body.start)
        spans = named if wanted else _between(named, header)
        return _joined([*spans, blank])

    def _named(self, message: _Message, names: Sequence[bytes]) -> list[Span]:
        lowered = tuple(name.lower() for name in names if _NAME.fullmatch(name))
        if not lowered:
            return []
        wanted = frozenset(lowered)
        if message.root is not None:
            return [Span(field.start, field.stop) for field in message.root.fields if _octets(field) in wanted]
        start, stop = message.header
        raw = self._octets.read(start, min(stop, start + _BOUNDS.header_octets))
        if len(lowered) <= _FEW:
            return [Span(start + found.start(), start + found.end()) for found in _pattern(lowered).finditer(raw)]
        found_fields = read_fields(raw, start, _BOUNDS.fields).fields
        return [Span(field.start, field.stop) for field in found_fields if _octets(field) in wanted]


def _octets(field: Field) -> bytes:
    return field.name.lower().encode("latin-1")


@functools.lru_cache(maxsize=64)
def _pattern(names: tuple[bytes, ...]) -> "re.Pattern[bytes]":
    """Fields of these names, found by one search: it takes a third of the time that cutting the header takes."""
    choice = b"|".join(map(re.escape, names))
    return re.compile(rb"(?:\A|(?<=\r\n))(?:%b)[ \t]*+:%b" % (choice, _VALUE), re.IGNORECASE)


def _outer(octets: OctetSource) -> _Message:
    header, body = header_span(octets, 0, len(octets))
    return _Message(header, Span(body, len(octets)))


def _inside(part: Part, number: int, *, message: bool) -> Part | None:
    """The part with a number in a message (`message`) or in a body part."""
    if part.kind is Kind.MULTIPART:
        return part.children[number - 1] if number <= len(part.children) else None
    if message:
        return part if number == 1 else None
    if part.kind is Kind.MESSAGE:
        return _inside(part.children[0], number, message=True)
    return _as_text(part) if number == 1 and part.content_type.full in MESSAGES else None


def _as_text(part: Part) -> Part:
    """The only part of a message inside that cannot be looked into."""
    start = part.body.start
    return replace(part, header=Span(start, start), fields=(), content_type=ContentType())


def _inner(part: Part) -> _Message | None:
    """The message that a part is."""
    if part.kind is Kind.MESSAGE:
        inner = part.children[0]
        return _Message(inner.header, inner.body, inner)
    if part.kind is Kind.LEAF and part.content_type.full in MESSAGES:
        return _Message(Span(part.body.start, part.body.start), part.body)
    return None


def _between(spans: Sequence[Span], whole: Span) -> list[Span]:
    """What is left of the whole."""
    found: list[Span] = []
    at = whole.start
    for start, stop in spans:
        found.append(Span(at, start))
        at = stop
    return [*found, Span(at, whole.stop)]


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Without empty ones; those that touch made one."""
    found: list[Span] = []
    for span in spans:
        if span.start == span.stop:
            continue
        if found and found[-1].stop == span.start:
            found[-1] = Span(found[-1].start, span.stop)
        else:
            found.append(span)
    return tuple(found)
