"""Fields added to and removed from the top of a message, as its route says.

ABNF (RFC 5322 2.2)::

    field = 1*ftext ":" unstructured CRLF
    ftext = %d33-57 / %d59-126

A value can never begin another field: CR and LF are refused, not replaced.
"""

import re
from collections.abc import Collection, Sequence

from gateway.mail.octets import OctetSource
from gateway.mime.structure import Field
from gateway.rewrite.pieces import Edit, Literal, Rendition, edited
from gateway.rewrite.unstructured import encoded_text

_NAME = re.compile(r"[!-9;-~]{1,76}")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff]")
_LONGEST_WORD = 990


class BadField(ValueError):
    """The name or value cannot stand in a header; its message says why, for people."""


def field_line(name: str, value: str) -> bytes:
    """A field with its CRLF, folded, non-ASCII text as RFC 2047 has it. Raises BadField."""
    if not _NAME.fullmatch(name):
        raise BadField(f"{name!r} is no name of a header field: printable ASCII without colons and blanks")
    if _CONTROL.search(value):
        raise BadField(f"the value of {name} has a line end or another control character in it")
    if max((len(word) for word in value.split()), default=0) > _LONGEST_WORD:
        raise BadField(f"the value of {name} has a word of more than {_LONGEST_WORD} characters in it")
    return f"{name}:{encoded_text(name, ' ' + value.strip())}\r\n".encode("ascii")


def with_fields(
    octets: OctetSource, fields: Sequence[Field], remove: Collection[str], add: Sequence[bytes]
) -> Rendition:
    """The message without the fields named in `remove` (in lower case), and with the lines in `add` on top."""
    edits = [Edit(0, 0, tuple(Literal(line) for line in add))] if add else []
    edits += [Edit(field.start, field.stop) for field in fields if field.name.lower() in remove]
    return edited(octets, edits)
