"""The scanner: a message's structure from its octets (RFC 5322 2.1, RFC 2045, RFC 2046 5).

Any octets give a structure. Outer delimiters win over inner ones. Where readers may differ about what is header and
what is body, and an octet over 127 is there, the scan says so with `Malformed(header_unsure=True)`. Each octet is
looked at a few times for each level of nesting, which `Bounds` limits.
"""

from dataclasses import dataclass

from gateway.mail.octets import OctetSource
from gateway.mime.content_type import Reading, boundary_of, parse_content_type, parse_encoding
from gateway.mime.delimiter import Division, divide
from gateway.mime.header import header_span, read_fields
from gateway.mime.structure import Bounds, ContentType, Field, Kind, Malformed, Part, Scan, Span

IDENTITY = frozenset({"7bit", "8bit", "binary"})
"""Encodings under which a body's octets are what they are (RFC 2045 6.2)."""

_DEFAULT = Bounds()
_MESSAGES = frozenset({"message/rfc822", "message/global"})
_ENCODED = frozenset({"base64", "quoted-printable"})
_TEXT = ContentType()
_MESSAGE = ContentType("message", "rfc822")


@dataclass(frozen=True, slots=True)
class _Place:
    """A part before it is read. `assumed`: its type where it has no Content-Type. `inner`: it is a whole message."""

    span: Span
    number: str
    depth: int
    assumed: ContentType = _TEXT
    inner: bool = False


@dataclass(frozen=True, slots=True)
class _Header:
    """A header as read. `content_type` and `encoding` are those of the first field of their names."""

    span: Span
    fields: tuple[Field, ...]
    content_type: ContentType
    encoding: str
    trouble: str = ""
    """Why readers may differ about the body; empty where they do not."""
    cut: bool = False
    """Not all of it was read, so what the body is cannot be known."""


def scan(octets: OctetSource, bounds: Bounds = _DEFAULT) -> Scan:
    """The structure of a message whose lines end in CRLF. Never fails; costs are bounded by `bounds`."""
    scanner = _Scanner(octets, bounds)
    root = scanner.part(_Place(Span(0, len(octets)), "", 0, inner=True))
    return Scan(root, tuple(scanner.malformed))


class _Scanner:
    def __init__(self, octets: OctetSource, bounds: Bounds) -> None:
        self._octets = octets
        self._bounds = bounds
        self._parts_left = bounds.parts
        """Lines that look like delimiters count too: reading each has its cost."""
        self._fields_left = bounds.fields
        self.malformed: list[Malformed] = []

    def part(self, place: _Place) -> Part:
        """Read the part at `place` with all that is inside."""
        span, body_start = header_span(self._octets, place.span.start, place.span.stop)
        header = self._header(span, place)
        body = Span(body_start, place.span.stop)
        kind, children = self._inside(header, body, place)
        return Part(
            number=place.number,
            kind=kind,
            header=span,
            fields=header.fields,
            body=body,
            content_type=header.content_type,
            encoding=header.encoding,
            children=children,
            depth=place.depth,
        )

    def _inside(self, header: _Header, body: Span, place: _Place) -> tuple[Kind, tuple[Part, ...]]:
        if header.cut:
            return Kind.LEAF, ()
        if header.trouble:
            self._tell(place.number, body, header.trouble)
        is_multipart = header.content_type.type == "multipart"
        if not is_multipart and header.content_type.full not in _MESSAGES:
            return Kind.LEAF, ()
        if place.depth >= self._bounds.depth:
            self._tell(place.number, body, f"nested more than {self._bounds.depth} deep")
            return Kind.LEAF, ()
        if is_multipart:
            return self._multipart(header, body, place)
        if header.encoding in _ENCODED:
            self._tell_if_unsure(place.number, body, "octets over 127 in an encoded message")
            return Kind.LEAF, ()
        number = place.number if not place.inner else f"{place.number}.1".lstrip(".")
        return Kind.MESSAGE, (self.part(_Place(body, number, place.depth + 1, inner=True)),)

    def _multipart(self, header: _Header, body: Span, place: _Place) -> tuple[Kind, tuple[Part, ...]]:
        boundary = boundary_of(header.content_type)
        if not boundary:
            self._tell(place.number, body, "a multipart without a boundary parameter")
            return Kind.LEAF, ()
        division = divide(self._octets, body, boundary, max(self._parts_left, 0) + 1)
        self._parts_left -= division.lines
        self._tell_division(division, body, place.number)
        if not division.parts:
            return Kind.LEAF, ()
        assumed = _MESSAGE if header.content_type.subtype == "digest" else _TEXT
        prefix = f"{place.number}." if place.number else ""
        return Kind.MULTIPART, tuple(
            self.part(_Place(span, f"{prefix}{index}", place.depth + 1, assumed))
            for index, span in enumerate(division.parts, 1)
        )

    def _tell_division(self, division: Division, body: Span, number: str) -> None:
        for span in division.unsure:
            self._tell(number, span, "a line that some readers take for a delimiter")
        if division.rest is not None:
            self._tell(number, Span(division.rest, body.stop), "too many parts, or lines that look like delimiters")
        elif not division.parts:
            self._tell(number, body, "a multipart without parts")
        elif not division.closed:
            self._tell(number, Span(body.stop, body.stop), "a multipart without its closing delimiter")

    def _header(self, span: Span, place: _Place) -> _Header:
        cut = min(span.stop, span.start + self._bounds.header_octets)
        raw = self._octets.read(span.start, cut)
        read = read_fields(raw, span.start, self._fields_left)
        fields = tuple(read.fields)
        self._fields_left -= len(read.fields) + len(read.garbage)
        for garbage in read.garbage:
            self._tell(place.number, garbage, "a line that is no header field")
        cut = span.start + read.stop
        if cut < span.stop:
            self._tell(place.number, Span(cut, place.span.stop), "a header too long, or of too many fields")
            return _Header(span, fields, place.assumed, "7bit", cut=True)
        return self._described(span, fields, place)

    def _described(self, span: Span, fields: tuple[Field, ...], place: _Place) -> _Header:
        types: list[Field] = []
        encodings: list[Field] = []
        for found in fields:
            if len(found.name) == 12 and found.name.lower() == "content-type":
                types.append(found)
            elif len(found.name) == 25 and found.name.lower() == "content-transfer-encoding":
                encodings.append(found)
        reading = parse_content_type(self._value(types[0])) if types else Reading(place.assumed)
        if len(types) > 1:
            reading = Reading(reading.content_type, "more than one Content-Type field")
        if len(encodings) > 1:
            self._tell(
                place.number,
                Span(encodings[1].start, encodings[1].stop),
                "more than one Content-Transfer-Encoding field",
            )
        encoding = parse_encoding(self._value(encodings[0])) if encodings else "7bit"
        return _Header(span, fields, reading.content_type, encoding, reading.trouble)

    def _value(self, found: Field) -> bytes:
        return self._octets.read(found.value.start, found.value.stop)

    def _tell(self, number: str, span: Span, why: str) -> None:
        unsure = not self._octets.isascii(span.start, span.stop)
        self.malformed.append(Malformed(number, span, why, header_unsure=unsure))

    def _tell_if_unsure(self, number: str, span: Span, why: str) -> None:
        if not self._octets.isascii(span.start, span.stop):
            self.malformed.append(Malformed(number, span, why, header_unsure=True))
