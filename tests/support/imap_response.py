"""Responses of an IMAP server, read strictly: what is not in the grammar of the RFCs is refused.

Here the frame that all have in common (RFC 9051 7): a tag, `*` or `+`; a status, a name, or a number and a name; the
rest is `imap_grammar`'s.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tests.support.imap_grammar import BadResponse, Item, check_code, check_response

_TAG: Final = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\+]+')
_STATUS: Final = re.compile(rb"(OK|NO|BAD|BYE|PREAUTH) (?:\[([^\]\r\n]+)\] )?([\x01-\x09\x0b\x0c\x0e-\x7f]+)\r\n\Z")
_CONTINUE: Final = re.compile(rb"\+ ([\x01-\x09\x0b\x0c\x0e-\x7f]*)\r\n\Z")
_UNTAGGED: Final = re.compile(rb"(?:(0|[1-9][0-9]*) )?([A-Z][A-Z0-9-]*)(?: (.*))?\r\n\Z", re.DOTALL)
_LITERAL: Final = re.compile(rb"~?\{([0-9]+)\}\r\n")
_ANNOUNCED: Final = re.compile(rb"\{([0-9]+)\}\r\n\Z")


@dataclass(frozen=True, slots=True)
class Response:
    """One."""

    octets: bytes
    """All of it, with CRLF."""
    tag: str
    """`*` of an untagged one, `+` of a continuation request."""
    name: str
    """`OK`, `FETCH`, `EXISTS`; `+`."""
    number: int | None = None
    """Before the name; of a UIDFETCH the UID (RFC 9586)."""
    rest: bytes = b""
    """Behind the name, without CRLF; of a status: its text."""
    code: str = ""
    """Of a status, without brackets."""
    items: Mapping[str, Item] = field(default_factory=dict)
    """Of a FETCH or UIDFETCH."""


def read_response(octets: bytes, *, utf8: bool = False) -> Response:
    """`utf8`: octets over 127 may stand outside of literals too. Raises BadResponse."""
    if not utf8 and not outside_literals(octets).isascii():
        raise BadResponse(f"octets over 127 outside of literals for a client that enabled nothing: {octets[:200]!r}")
    if octets.startswith(b"+"):
        if (found := _CONTINUE.fullmatch(octets)) is None:
            raise BadResponse(f"no continuation request: {octets[:200]!r}")
        return Response(octets, "+", "+", rest=found[1])
    tag, _, rest = octets.partition(b" ")
    status = _STATUS.fullmatch(rest)
    if status is not None and (tag == b"*" or (_TAG.fullmatch(tag) and status[1] in {b"OK", b"NO", b"BAD"})):
        code = status[2] or b""
        if code:
            check_code(code)
        return Response(octets, tag.decode(), status[1].decode(), rest=status[3], code=code.decode())
    untagged = _UNTAGGED.fullmatch(rest)
    if tag != b"*" or untagged is None:
        raise BadResponse(f"no response: {octets[:200]!r}")
    name, number = untagged[2].decode(), None if untagged[1] is None else int(untagged[1])
    behind = rest[untagged.end(2) : -2]
    items = check_response(name, number, behind, utf8=utf8)
    return Response(octets, "*", name, number, behind.removeprefix(b" "), items=items)


def whole(octets: bytes) -> int:
    """How long the first response is, with its literals; 0: its end has not arrived yet."""
    at = 0
    while (end := octets.find(b"\r\n", at)) >= 0:
        announced = _ANNOUNCED.search(octets, at, end + 2)
        if announced is None:
            return end + 2
        at = end + 2 + int(announced[1])
    return 0


def outside_literals(octets: bytes) -> bytes:
    """Without the octets of literals."""
    kept: list[bytes] = []
    at = 0
    while (found := _LITERAL.search(octets, at)) is not None:
        kept.append(octets[at : found.end()])
        at = found.end() + int(found[1])
    return b"".join([*kept, octets[at:]])
