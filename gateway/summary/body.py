"""The parts of a message as people see them: what is its text, what is attached (RFC 8621 4.1.4), and their text."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.mail.octets import OctetSource
from gateway.mime.charset import decode
from gateway.mime.content_type import Disposition, parameter_text, parse_disposition
from gateway.mime.structure import Kind, Part
from gateway.mime.transfer_decoding import decoded_octets
from gateway.summary.header import first_value
from gateway.summary.html_text import html_text

_NOT_ATTACHED = frozenset(
    {
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-encrypted",
    }
)
"""What clients work on by themselves."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part without parts. `shown`: it is text of the message itself. `attached`: people can save it."""

    part: Part
    shown: bool
    attached: bool
    name: str


def leaves(octets: OctetSource, part: Part, inside: str = "mixed", *, first: bool = True) -> Iterator[Leaf]:
    """The leaves of a message in order; an attached message is one."""
    if part.kind is Kind.MULTIPART:
        subtype = part.content_type.subtype
        for index, child in enumerate(part.children):
            yield from leaves(octets, child, subtype, first=index == 0)
        return
    yield _leaf(octets, part, inside, first=first)


def _leaf(octets: OctetSource, part: Part, inside: str, *, first: bool) -> Leaf:
    kind = part.content_type
    value = first_value(octets, part, "content-disposition")
    disposition = parse_disposition(value) if value else Disposition("", {})
    name = parameter_text(disposition.parameters, "filename") or parameter_text(kind.parameters, "name")
    is_text = kind.full in {"text/plain", "text/html"} or kind.type == "multipart"
    in_place = first or (inside != "related" and not name)
    shown = is_text and disposition.type != "attachment" and in_place
    quiet = shown or disposition.type == "inline" or kind.full in _NOT_ATTACHED
    return Leaf(part, shown, not quiet and not _is_embedded(kind.type, inside, disposition), name)


def _is_embedded(kind: str, inside: str, disposition: Disposition) -> bool:
    """An image of a text in HTML."""
    return inside == "related" and kind == "image" and disposition.type != "attachment"


def part_text(octets: OctetSource, part: Part, limit: int) -> str:
    """The text of a text part, of which at most `limit` octets are read."""
    stop = min(part.body.stop, part.body.start + limit)
    body = decoded_octets(octets.read(part.body.start, stop), part.encoding)
    text = decode(body, part.content_type.parameters.get("charset", ""))
    return html_text(text) if part.content_type.subtype == "html" else text
