"""A message rewritten for a hop that cannot take it as it is (docs/architecture.md, the decision table).

Pure: octets and their inspection in, a rendition or the reason why there is none out. What need not change is copied
octet for octet. The caller inspects the rendition again before it goes anywhere.
"""

from gateway.inspect.result import Inspection
from gateway.mail.codes import NON_ASCII_HEADER
from gateway.mail.envelope import Body
from gateway.mail.need import Where
from gateway.mail.octets import OctetSource
from gateway.mime.content_type import boundary_of
from gateway.mime.scan import scan
from gateway.mime.structure import Kind, Part
from gateway.rewrite.body_pass import encode_leaf, encode_whole, highest, label_composite, mask_gaps
from gateway.rewrite.draft import Draft, Held, Place, Stuck, of
from gateway.rewrite.header_pass import encode_fields
from gateway.rewrite.part_header import PartHeader
from gateway.rewrite.pieces import edited, whole
from gateway.rewrite.ways import BodyTarget, CannotRewrite, Rewritten, Ways

_NO_WAYS = Ways()


def rewrite(octets: OctetSource, inspection: Inspection, ways: Ways) -> Rewritten | CannotRewrite:
    """Rewrite a message in the ways given, as far as it needs them.

    Where the message cannot be read with certainty and an octet over 127 may belong to a header, nothing is tried.
    """
    if inspection.plain or ways == _NO_WAYS:
        return Rewritten(whole(octets))
    for finding in inspection.headers:
        if finding.where is Where.UNPARSEABLE and (ways.encode_headers or ways.bodies is BodyTarget.SEVENBIT):
            why = f"the message cannot be read with certainty: {finding.why}"
            return CannotRewrite(NON_ASCII_HEADER, why, finding)
    draft = Draft(octets, ways)
    try:
        _part(draft, (inspection.scan or scan(octets)).root, Place(Where.HEADER, message=True))
    except Stuck as stuck:
        return stuck.answer
    if not draft.edits:
        return Rewritten(whole(octets))
    return Rewritten(edited(octets, draft.edits), tuple(draft.changed), frozenset(draft.kinds))


def _part(draft: Draft, part: Part, place: Place) -> Body:
    """Rewrite a part with all that is inside; says what its body is made of then."""
    held = Held(part, PartHeader(draft.octets, part), place)
    encode_fields(draft, held)
    body = Body.SEVENBIT if encode_whole(draft, held) else _inside(draft, held)
    draft.edit(held.header.edits())
    return body


def _inside(draft: Draft, held: Held) -> Body:
    if held.part.kind is Kind.LEAF:
        return encode_leaf(draft, held)
    before = len(draft.edits)
    body = _multipart(draft, held) if held.part.kind is Kind.MULTIPART else _message(draft, held)
    label_composite(draft, held, body, changed=len(draft.edits) > before)
    return body


def _message(draft: Draft, held: Held) -> Body:
    return _part(draft, held.part.children[0], Place(Where.NESTED_HEADER, message=True, signed=held.place.signed))


def _multipart(draft: Draft, held: Held) -> Body:
    boundary = boundary_of(held.part.content_type)
    if not boundary.isascii() and draft.ways.encode_headers:
        why = f"the boundary{of(held.part)} is not ASCII"
        raise draft.stuck(held, NON_ASCII_HEADER, why, held.part.header)
    signs = held.part.content_type.subtype == "signed"
    outside = mask_gaps(draft, held)
    inside = [
        _part(draft, child, Place(Where.PART_HEADER, signed=held.place.signed or (signs and index == 0)))
        for index, child in enumerate(held.part.children)
    ]
    return highest(iter((outside, *inside)))
