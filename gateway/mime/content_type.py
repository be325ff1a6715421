"""Content-Type and Content-Transfer-Encoding (RFC 2045 5.1, 6.1; RFC 2231 3 for parameters in pieces).

ABNF, as read here (comments and folds may stand between any two tokens)::

    content    = token "/" token *( [";"] parameter ) [";"]
    parameter  = attribute "=" ( token / quoted-string )
    token      = 1*( any octet but WSP, CTL and tspecials )

Looser than the RFC where its senders are: a missing semicolon, octets over 127, tspecials in unquoted values.
Text is UTF-8 with surrogate escapes, so that each value can be turned back into its octets.
"""

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote_from_bytes, unquote_to_bytes

from gateway.mime.charset import decode as charset_text
from gateway.mime.field_text import as_written, decoded
from gateway.mime.structure import ContentType

_BLANK = re.compile(r"[ \t\r\n]+")
_TYPE = re.compile(r'([^\x00-\x20()<>@,;:\\"/\[\]?=\x7f]+)[ \t\r\n]*/[ \t\r\n]*([^\x00-\x20()<>@,;:\\"/\[\]?=\x7f]+)')
_ATTRIBUTE = re.compile(r'([^\x00-\x20()<>@,;:\\"/\[\]?=\x7f]+)')
_QUOTED = re.compile(r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"', re.DOTALL)
_LOOSE = re.compile(r'[^ \t\r\n;"(]+')
_PAIR = re.compile(r"\\(.)", re.DOTALL)
_FOLD = re.compile(r"\r\n(?=[ \t])")
_PIECE = re.compile(r"([^*]+)\*(\d{1,3})\*?")
_ENCODING = re.compile(r"[^ \t\r\n;()]+")
_COMMON = 48
MAX_PARAMETERS = 200
"""Parameters read of one field."""
MAX_VALUE = 8192
"""Octets of a field that are read at all."""


@dataclass(frozen=True, slots=True)
class Disposition:
    """Content-Disposition (RFC 2183): `type` in lower case, parameters as those of ContentType."""

    type: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reading:
    """A Content-Type as read. `trouble`: why readers may differ about it, in ASCII; empty where they do not."""

    content_type: ContentType
    trouble: str = ""


def to_text(value: bytes) -> str:
    """The text of a field's value; its octets come back with `to_octets`."""
    return value.decode("utf-8", "surrogateescape")


def to_octets(text: str) -> bytes:
    """The octets of a text that `to_text` made."""
    return text.encode("utf-8", "surrogateescape")


def parse_content_type(value: bytes) -> Reading:
    """Read the value of a Content-Type field. What has no type and subtype is text/plain (RFC 2045 5.2)."""
    if len(value) > MAX_VALUE:
        return Reading(ContentType(), "a Content-Type field that is too long")
    return _common_reading(value) if len(value) <= _COMMON else _reading(value)


@functools.lru_cache(maxsize=256)
def _common_reading(value: bytes) -> Reading:
    """Of the few values that most mail has."""
    return _reading(value)


def _reading(value: bytes) -> Reading:
    text = to_text(value)
    head = _TYPE.match(text, _skip(text, 0))
    if head is None:
        return Reading(ContentType(), "a Content-Type without type and subtype")
    parameters: dict[str, str] = {}
    trouble = ""
    for name, content in _parameters(text, head.end()):
        if name in parameters and parameters[name] != content:
            trouble = f"the Content-Type has two parameters {name!a}"
        parameters.setdefault(name, content)
    return Reading(ContentType(head.group(1).lower(), head.group(2).lower(), parameters), trouble)


def _parameters(text: str, at: int) -> Iterator[tuple[str, str]]:
    """Attributes in lower case and values without quotes, in order; stops at what is none."""
    for _ in range(MAX_PARAMETERS):
        at = _skip(text, at)
        while text.startswith(";", at):
            at = _skip(text, at + 1)
        name = _ATTRIBUTE.match(text, at)
        if name is None:
            return
        equals = _skip(text, name.end())
        if not text.startswith("=", equals):
            return
        start = _skip(text, equals + 1)
        quoted = _QUOTED.match(text, start)
        value = quoted or _LOOSE.match(text, start)
        at = value.end() if value else start
        content = _PAIR.sub(r"\1", _FOLD.sub("", quoted.group(1))) if quoted else value.group() if value else ""
        yield name.group(1).lower(), content


def _skip(text: str, at: int) -> int:
    """Past white space and comments (RFC 5322 3.2.2); an unclosed comment runs to the end."""
    while at < len(text):
        blank = _BLANK.match(text, at)
        if blank:
            at = blank.end()
        elif text[at] == "(":
            at = _comment_end(text, at)
        else:
            break
    return at


def _comment_end(text: str, at: int) -> int:
    depth = 0
    while at < len(text):
        match text[at]:
            case "(":
                depth += 1
            case ")":
                depth -= 1
                if depth == 0:
                    return at + 1
            case "\\":
                at += 1
            case _:
                pass
        at += 1
    return len(text)


def parse_disposition(value: bytes) -> Disposition:
    """Read the value of a Content-Disposition field. What cannot be read is an attachment (RFC 2183 2.8)."""
    text = to_text(value[:MAX_VALUE])
    token = _ATTRIBUTE.match(text, _skip(text, 0))
    if token is None:
        return Disposition("attachment", {})
    parameters: dict[str, str] = {}
    for name, content in _parameters(text, token.end()):
        parameters.setdefault(name, content)
    return Disposition(token.group(1).lower(), parameters)


def parameter_text(parameters: Mapping[str, str], name: str) -> str:
    """A parameter for people: RFC 2231 read, and encoded-words, which should not be there; empty where there is none.

    The extended form counts before the plain one (RFC 6266 4.3).
    """
    whole = parameters.get(name)
    extended = parameters.get(f"{name}*") or parameters.get(f"{name}*0*")
    if whole is not None and extended is None:
        return decoded(to_octets(whole))
    charset = extended.split("'", 1)[0] if extended and extended.count("'") >= 2 else ""
    return as_written(charset_text(_pieces(parameters, name), charset).encode())


def joined_parameters(parameters: Mapping[str, str]) -> dict[str, str]:
    """Parameters with those in pieces put together (RFC 2231 3), as RFC 9051 7.5.2 wants it.

    `name` where all pieces are plain; else `name*`, with its charset and percent-encoded text. The others as they are.
    """
    found: dict[str, str] = {}
    for name, content in parameters.items():
        piece = _PIECE.fullmatch(name)
        if piece is None:
            found.setdefault(name, content)
        elif piece[2] == "0":
            coded = any(_is_coded(other, piece[1]) for other in parameters)
            extended = f"utf-8''{quote_from_bytes(_utf8(parameters, piece[1]))}"
            found.setdefault(
                *((f"{piece[1]}*", extended) if coded else (piece[1], to_text(_pieces(parameters, piece[1]))))
            )
    return found


def _is_coded(name: str, family: str) -> bool:
    return name.startswith(f"{family}*") and name.endswith("*") and len(name) > len(family) + 1


def _utf8(parameters: Mapping[str, str], name: str) -> bytes:
    first = parameters.get(f"{name}*0*", "")
    charset = first.split("'", 1)[0] if first.count("'") >= 2 else ""
    return charset_text(_pieces(parameters, name), charset).encode()


def boundary_of(content_type: ContentType) -> bytes:
    """The boundary parameter's octets without trailing blanks, put together where it is in pieces; empty where none."""
    whole = content_type.parameters.get("boundary")
    if whole is None:
        whole = to_text(_pieces(content_type.parameters, "boundary"))
    return to_octets(whole).rstrip(b" \t\r\n")


def _pieces(parameters: Mapping[str, str], name: str) -> bytes:
    """A parameter in RFC 2231 form: `name*`, or `name*0` and so on, each with a final `*` where percent-encoded."""
    if f"{name}*" in parameters:
        return _decoded(parameters[f"{name}*"])
    joined = b""
    for number in range(MAX_PARAMETERS):
        plain = parameters.get(f"{name}*{number}")
        coded = parameters.get(f"{name}*{number}*")
        if plain is not None:
            joined += to_octets(plain)
        elif coded is not None:
            joined += unquote_to_bytes(to_octets(coded)) if number else _decoded(coded)
        else:
            break
    return joined


def _decoded(extended: str) -> bytes:
    """`charset'language'percent-encoded`, as octets."""
    return unquote_to_bytes(to_octets(extended.split("'", 2)[-1]))


def parse_encoding(value: bytes) -> str:
    """Read the value of a Content-Transfer-Encoding field: its first token in lower case, `7bit` where it has none."""
    return _common_encoding(value) if len(value) <= _COMMON else _encoding(value)


@functools.lru_cache(maxsize=64)
def _common_encoding(value: bytes) -> str:
    return _encoding(value)


def _encoding(value: bytes) -> str:
    text = to_text(value[:MAX_VALUE])
    token = _ENCODING.match(text, _skip(text, 0))
    return token.group().lower() if token else "7bit"
