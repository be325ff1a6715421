"""The bodies: leaves encoded, messages encoded whole, text outside of all parts masked, labels put right."""

from collections.abc import Iterator

from gateway.inspect.inspector import HEADER_LIKE
from gateway.inspect.traits import BINARY, Traits, body_kind, survey
from gateway.mail.codes import CONVERSION_IMPOSSIBLE, NON_ASCII_HEADER
from gateway.mail.envelope import Body
from gateway.mime.scan import IDENTITY
from gateway.mime.structure import Kind, Part, Span
from gateway.rewrite.body import ENCODABLE_MESSAGES, Impossible, charset_to_declare, coding_of_text, encoding_of
from gateway.rewrite.draft import Draft, Held, named, of
from gateway.rewrite.header_pass import foreign_fields
from gateway.rewrite.pieces import Edit, Encode, Literal
from gateway.rewrite.transfer_encoding import Coding
from gateway.rewrite.ways import BodyTarget, Change

_RANK = {Body.SEVENBIT: 0, Body.EIGHTBITMIME: 1, Body.BINARYMIME: 2}
_LABELS = {Body.SEVENBIT: "7bit", Body.EIGHTBITMIME: "8bit", Body.BINARYMIME: "binary"}
_BY_LABEL = {label: body for body, label in _LABELS.items()}
_KINDS = {Coding.BASE64: Change.BASE64, Coding.MEND_BASE64: Change.BASE64}
_ENCODING = "Content-Transfer-Encoding"


def highest(bodies: Iterator[Body]) -> Body:
    """What a composite of these is made of."""
    return max(bodies, key=_RANK.__getitem__, default=Body.SEVENBIT)


def encode_leaf(draft: Draft, held: Held) -> Body:
    """Encode a leaf where that is needed; says what it is then made of. Raises Stuck."""
    target = draft.ways.bodies.value
    like_header = _may_encode_global(draft) and held.part.content_type.full in HEADER_LIKE
    if target is None and not like_header:
        return Body.SEVENBIT
    traits = survey(draft.octets, held.part.body.start, held.part.body.stop)
    body = body_kind(traits)
    exposed = like_header and Traits.EIGHTBIT in traits and held.part.encoding in IDENTITY
    if not exposed and (target is None or _RANK[body] <= _RANK[target]):
        if target is not None and held.part.encoding == "binary":
            _label(draft, held, _LABELS[body])
        return body
    _encode(draft, held, traits)
    return Body.SEVENBIT


def encode_whole(draft: Draft, held: Held) -> bool:
    """Encode a message/global, or a message/rfc822 that is one in truth, as a whole; False: it may stay as it is."""
    part = held.part
    if part.kind is not Kind.MESSAGE:
        return False
    is_global = part.content_type.full in ENCODABLE_MESSAGES
    if not (_may_encode_global(draft) if is_global else draft.ways.encode_headers):
        return False
    utf8, raw = foreign_fields(draft.octets, part.children[0])
    if not utf8 or (raw and draft.ways.repair_raw_headers and not is_global):
        return False
    draft.touch(held, NON_ASCII_HEADER)
    if not is_global:
        _relabel_type(draft, held, "global")
    traits = survey(draft.octets, part.body.start, part.body.stop)
    _replace(draft, held, coding_of_text(draft.octets, part.body, traits))
    return True


def mask_gaps(draft: Draft, held: Held) -> Body:
    """Make what is before, between and after the parts of a multipart fit the target: readers never show it."""
    target = draft.ways.bodies.value
    found = Body.SEVENBIT
    if target is None:
        return found
    for span in _gaps(held.part):
        traits = survey(draft.octets, span.start, span.stop)
        body = body_kind(traits)
        if _RANK[body] > _RANK[target]:
            if traits & BINARY & ~Traits.NUL:
                why = f"text outside the parts{of(held.part)} has lines that no encoding can mend"
                raise draft.stuck(held, CONVERSION_IMPOSSIBLE, why, span)
            draft.touch(held)
            draft.edit([Edit(span.start, span.stop, (Encode(span.start, span.stop, Coding.MASK),))])
            draft.note(Change.MASKED, f"text outside the parts{of(held.part)} masked")
            body = Body.SEVENBIT
        found = highest(iter((found, body)))
    return found


def label_composite(draft: Draft, held: Held, body: Body, *, changed: bool) -> None:
    """Declare what a multipart or message is made of now (RFC 2045 6.4); a label 8bit that is too high may stay."""
    label = _BY_LABEL.get(held.part.encoding)
    if label is None or draft.ways.bodies is BodyTarget.AS_IS or _RANK[label] <= _RANK[body]:
        return
    if changed or label is Body.BINARYMIME:
        _label(draft, held, _LABELS[body])


def _may_encode_global(draft: Draft) -> bool:
    return draft.ways.encode_global or draft.ways.encode_headers


def _encode(draft: Draft, held: Held, traits: Traits) -> None:
    part = held.part
    match encoding_of(draft.octets, part, traits):
        case Impossible.COMPOSITE:
            why = f"{named(part)} is {part.content_type.full}, which may not be encoded, and is not 7bit"
            raise draft.stuck(held, CONVERSION_IMPOSSIBLE, why, part.body)
        case Impossible.ENCODED:
            why = f"{named(part)} is not 7bit although it is in the encoding {part.encoding!r}"
            raise draft.stuck(held, CONVERSION_IMPOSSIBLE, why, part.body)
        case encoding:
            draft.touch(held)
            if encoding.subtype:
                _relabel_type(draft, held, encoding.subtype)
            _replace(draft, held, encoding.coding)


def _replace(draft: Draft, held: Held, coding: Coding) -> None:
    part = held.part
    if coding in {Coding.QUOTED_PRINTABLE, Coding.BASE64}:
        _declare_mime(held)
        _declare_charset(draft, held)
        held.header.put(_ENCODING, coding.value)
    start, stop = part.body.start, part.body.stop
    draft.edit([Edit(start, stop, (Encode(start, stop, coding), *_ending(draft, stop, coding)))])
    draft.note(_KINDS.get(coding, Change.QUOTED_PRINTABLE), f"body{of(part)} to {coding.value}")


def _ending(draft: Draft, stop: int, coding: Coding) -> tuple[Literal, ...]:
    """What the last line needs where the message ends with it: elsewhere a delimiter follows with its own CRLF."""
    if stop < len(draft.octets):
        return ()
    if coding in {Coding.BASE64, Coding.MEND_BASE64}:
        return (Literal(b"\r\n"),)
    return () if draft.octets.read(stop - 2, stop) == b"\r\n" else (Literal(b"=\r\n"),)


def _declare_mime(held: Held) -> None:
    if held.place.message and not held.header.has("mime-version"):
        held.header.put("MIME-Version", "1.0")


def _label(draft: Draft, held: Held, label: str) -> None:
    draft.touch(held)
    _declare_mime(held)
    held.header.put(_ENCODING, label)
    draft.note(Change.RELABELLED, f"{named(held.part)} relabelled {label}")


def _declare_charset(draft: Draft, held: Held) -> None:
    charset = charset_to_declare(draft.octets, held.part)
    if charset is None:
        return
    field = next(held.header.fields("content-type"), None)
    if field is None:
        held.header.put("Content-Type", f"text/plain; charset={charset}")
    elif b"/" in held.header.value(field):
        held.header.set(
            field, held.header.value(field).rstrip(b"; \t\r\n") + f";\r\n charset={charset}".encode("ascii")
        )


def _relabel_type(draft: Draft, held: Held, subtype: str) -> None:
    field = next(held.header.fields("content-type"), None)
    if field is None:
        held.header.put("Content-Type", f"message/{subtype}")
    else:
        old = held.part.content_type.subtype.encode("ascii")
        value = held.header.value(field)
        at = value.lower().find(old, value.find(b"/"))
        held.header.set(field, value[:at] + subtype.encode("ascii") + value[at + len(old) :])
    draft.note(Change.RELABELLED, f"{named(held.part)} relabelled message/{subtype}")


def _gaps(part: Part) -> Iterator[Span]:
    start = part.body.start
    for child in part.children:
        if child.header.start > start:
            yield Span(start, child.header.start)
        start = child.body.stop
    if part.body.stop > start:
        yield Span(start, part.body.stop)
