"""A message, opened: its parts, and the fields of its own header.

Most messages of one part have a header without anything odd. Its fields are cut by one search; the scanner, which finds
the same, would take four times as long.
"""

import re
from typing import Final, NamedTuple

from gateway.mail.octets import OctetSource
from gateway.mime.content_type import parse_content_type, parse_encoding
from gateway.mime.scan import scan
from gateway.mime.structure import ContentType, Kind, Part, Span
from gateway.summary.header import RawField, raw_header

_MOST: Final = 32 * 1024
_FIELD: Final = re.compile(rb"\r\n([!-9;-~\x80-\xff]++)[ \t]*+:([^\r]*+(?:\r(?!\n(?![ \t]))[^\r]*+)*+)")
_TYPE: Final = b"content-type"
_ENCODING: Final = b"content-transfer-encoding"
_DISPOSITION: Final = b"content-disposition"
_LONGEST: Final = len(_ENCODING)
_OF_PARTS: Final = frozenset({"multipart", "message"})


class Opening(NamedTuple):
    """`root` may be without its fields, where none of them says how the message is to be shown."""

    root: Part
    raw: bytes
    """The header up to the end of its last field."""
    fields: list[RawField]


def opened(octets: OctetSource) -> Opening:
    """Never fails."""
    return opened_at_once(octets) or scanned(octets)


def scanned(octets: OctetSource) -> Opening:
    """Any message."""
    root = scan(octets).root
    return Opening(root, *raw_header(octets, root))


def opened_at_once(octets: OctetSource) -> Opening | None:
    """A message of one part, with a header that is not long and has nothing but fields. None: another one."""
    end = octets.find(b"\r\n\r\n", 0, _MOST)
    if end <= 0:
        return None
    raw = octets.read(0, end + 2)
    if b"ultipart/" in raw or raw[:1] in b" \t":
        return None
    whole = b"\r\n" + raw[:end]
    fields = _FIELD.findall(whole)
    if len(fields) != whole.count(b"\r\n") - whole.count(b"\r\n ") - whole.count(b"\r\n\t"):
        return None
    root = _leaf(fields, Span(0, end + 2), Span(end + 4, len(octets)))
    return Opening(root, raw, fields) if root else None


def _leaf(fields: list[RawField], header: Span, body: Span) -> Part | None:
    said: dict[bytes, bytes] = {}
    for name, value in fields:
        if len(name) <= _LONGEST and (name := name.lower()) in (_TYPE, _ENCODING, _DISPOSITION):
            said.setdefault(name, value)
    if _DISPOSITION in said:
        return None
    kind = parse_content_type(said[_TYPE]).content_type if _TYPE in said else ContentType()
    if kind.type in _OF_PARTS:
        return None
    encoding = parse_encoding(said[_ENCODING]) if _ENCODING in said else "7bit"
    return Part("", Kind.LEAF, header, (), body, kind, encoding)
