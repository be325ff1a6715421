"""What is in a message that a next hop may be unable to take (docs/architecture.md, the decision table).

`inspect` settles plain mail, most of it, without looking at its structure; `examine` always looks, and so also tells
what breaks the grammar of a message that any hop can take. Both say the same about needs. Linear, in bounded memory.
What findings say is ASCII, fit for replies and reports.
"""

import re
from collections.abc import Iterator

from gateway.inspect.result import Inspection
from gateway.inspect.traits import (
    BINARY,
    ILLEGAL_IN_HEADER,
    MAX_LINE,
    PLAIN,
    Traits,
    body_kind,
    in_words,
    may_declare_binary,
    survey,
)
from gateway.mail.envelope import Body
from gateway.mail.need import Finding, Where
from gateway.mail.octets import OctetSource
from gateway.mime.scan import IDENTITY, scan
from gateway.mime.structure import Bounds, Field, Kind, Malformed, Part, Span

HEADER_LIKE = frozenset(
    {
        "message/global-headers",
        "message/global-delivery-status",
        "message/global-disposition-notification",
        "message/external-body",
        "message/partial",
        "message/news",
    }
)
"""Types whose bodies, as they stand, are headers of mail (RFC 6533 4 to 6; RFC 2046 5.2.2, 5.2.3)."""

_DEFAULT = Bounds()
_HIGH = re.compile(rb"[\x80-\xff]")
_ORDER = (Body.SEVENBIT, Body.EIGHTBITMIME, Body.BINARYMIME)


def inspect(octets: OctetSource, bounds: Bounds = _DEFAULT, absent: Traits = PLAIN) -> Inspection:
    """What the message holds; `scan` is None where it is plain. `absent`: traits that are known not to be there."""
    size = len(octets)
    traits = survey(octets, 0, size, absent)
    if not traits and not may_declare_binary(octets):
        return Inspection(size, Body.SEVENBIT)
    return _Inspector(octets, traits).run(bounds)


def examine(octets: OctetSource, bounds: Bounds = _DEFAULT) -> Inspection:
    """The same with the structure read in any case."""
    return _Inspector(octets, survey(octets, 0, len(octets))).run(bounds)


class _Inspector:
    def __init__(self, octets: OctetSource, traits: Traits) -> None:
        self._octets = octets
        self._lawful = not traits & BINARY
        """No line is too long and no CR, LF or NUL astray, anywhere: parts need be looked at for 8 bits only."""
        self._ascii = Traits.EIGHTBIT not in traits
        self._body = Body.SEVENBIT
        self._headers: list[Finding] = []
        self._bodies: list[Finding] = []
        self._raw: list[Finding] = []
        self._malformed: list[Finding] = []

    def run(self, bounds: Bounds) -> Inspection:
        result = scan(self._octets, bounds)
        for part, where in _walk(result.root):
            self._look_at_header(part, where)
            self._look_at_body(part)
        for malformed in result.malformed:
            self._tell_malformed(malformed)
        return Inspection(
            size=len(self._octets),
            body=self._body,
            headers=tuple(self._headers),
            body_findings=tuple(self._bodies),
            raw_headers=tuple(self._raw),
            malformed=tuple(self._malformed),
            scan=result,
        )

    def _tell_malformed(self, malformed: Malformed) -> None:
        span = malformed.span
        finding = Finding(Where.UNPARSEABLE, malformed.part, None, span.start, span.stop, malformed.why)
        self._malformed.append(finding)
        if malformed.header_unsure:
            self._headers.append(finding)

    def _look_at_header(self, part: Part, where: Where) -> None:
        if not self._ascii:
            for field in part.fields:
                if not field.ascii:
                    self._look_at_field(field, part.number, where)
        if self._lawful:
            return
        traits = self._traits(part.header)
        if traits & ILLEGAL_IN_HEADER:
            self._body = Body.BINARYMIME
            self._bodies.append(_finding(where, part.number, part.header, in_words(traits & ILLEGAL_IN_HEADER)))
        if Traits.LONG_LINE in traits:
            why = f"a header line of more than {MAX_LINE} octets"
            self._malformed.append(_finding(where, part.number, part.header, why))

    def _look_at_field(self, field: Field, number: str, where: Where) -> None:
        name = field.name if field.name.isascii() else None
        if name is None:
            span = Span(field.start, field.start + len(field.name))
            finding = _finding(where, number, span, "a field name that is not ASCII")
            self._raw.append(finding)
            self._malformed.append(finding)
        value = self._octets.read(field.value.start, field.value.stop)
        if value.isascii():
            return
        first, last = _high_range(value)
        start, stop = field.value.start + first, field.value.start + last
        if _is_utf8(value):
            self._headers.append(Finding(where, number, name, start, stop, "UTF-8 in a header field"))
        else:
            self._raw.append(Finding(where, number, name, start, stop, "octets that are not UTF-8"))

    def _look_at_body(self, part: Part) -> None:
        if part.encoding == "binary":
            self._tell_body(part, part.body, Body.BINARYMIME, "declared binary")
        for span in _own_spans(part):
            traits = self._traits(span)
            if traits:
                self._tell_body(part, span, body_kind(traits), in_words(traits))
            if Traits.EIGHTBIT in traits and _is_header_like(part):
                why = f"octets over 127 in {part.content_type.full}"
                self._headers.append(_finding(Where.NESTED_HEADER, part.number, span, why))

    def _tell_body(self, part: Part, span: Span, kind: Body, why: str) -> None:
        self._body = max(self._body, kind, key=_ORDER.index)
        self._bodies.append(_finding(Where.BODY, part.number, span, why))

    def _traits(self, span: Span) -> Traits:
        if not self._lawful:
            return survey(self._octets, span.start, span.stop)
        return PLAIN if self._ascii or self._octets.isascii(span.start, span.stop) else Traits.EIGHTBIT


def _walk(root: Part) -> Iterator[tuple[Part, Where]]:
    """Every part in the order of its octets, and what a finding in its header is called."""
    stack = [(root, Where.HEADER)]
    while stack:
        part, where = stack.pop()
        yield part, where
        inner = Where.NESTED_HEADER if part.kind is Kind.MESSAGE else Where.PART_HEADER
        stack.extend((child, inner) for child in reversed(part.children))


def _own_spans(part: Part) -> Iterator[Span]:
    """What of a body is in no child: all of a leaf; of a multipart what is before, between and after its parts."""
    start = part.body.start
    for child in part.children:
        if child.header.start > start:
            yield Span(start, child.header.start)
        start = child.body.stop
    if part.body.stop > start:
        yield Span(start, part.body.stop)


def _is_header_like(part: Part) -> bool:
    return part.kind is Kind.LEAF and part.encoding in IDENTITY and part.content_type.full in HEADER_LIKE


def _high_range(value: bytes) -> tuple[int, int]:
    """From the first to the last octet over 127; there is one."""
    first = _HIGH.search(value)
    last = _HIGH.search(value[::-1])
    return (first.start(), len(value) - last.start()) if first and last else (0, len(value))


def _is_utf8(value: bytes) -> bool:
    """Strictly: overlong forms, surrogates and characters cut by a fold are not (RFC 3629 3)."""
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _finding(where: Where, number: str, span: Span, why: str) -> Finding:
    return Finding(where, number, None, span.start, span.stop, why)
