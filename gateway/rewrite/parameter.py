"""Parameters of MIME fields in ASCII (RFC 2231; RFC 2045 5.1 for the fields).

ABNF, as written here::

    extended   = attribute "*=" charset "'" [language] "'" *( %HH / attribute-char )
    continued  = attribute "*" number "*=" ...

`filename` beside `filename*` says the same thing twice: the extended one is kept (RFC 6266 4.3, by custom in mail too).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from gateway.mime.tokens import Lexeme, Token, tokens
from gateway.rewrite.comment import write_commented
from gateway.rewrite.folding import LINE, Composer, Means, NoAsciiForm

_ATTRIBUTE_CHAR = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`{|}~")
_PIECE = re.compile(r"(?P<name>[^*]++)(?:\*(?P<number>\d{1,4}))?(?P<coded>\*)?")
_PAIR = re.compile(r"\\(.)", re.DOTALL)
_NEVER = frozenset({"boundary"})
"""Parameters whose octets stand elsewhere in the message, too."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One `attribute=value`: `name` in lower case without the marks of RFC 2231, which are `number` and `coded`."""

    written: str
    attribute: str
    name: str
    value: str
    number: int | None = None
    coded: bool = False


def write_parameters(composer: Composer, value: str) -> None:
    """Add the unfolded value of a field with parameters. Raises NoAsciiForm."""
    first, *rest = _segments(tokens(value))
    write_commented(composer, first)
    read = [_parameter(segment) for segment in rest]
    for text in _written(read):
        composer.add("", ";")
        composer.add(" ", text)
    if any(not parameter.written.isascii() for parameter in read):
        composer.means[Means.EXTENDED_PARAMETERS] = None


def _segments(found: Sequence[Token]) -> list[list[Token]]:
    segments: list[list[Token]] = [[]]
    for token in found:
        if token == (Lexeme.SPECIAL, ";"):
            segments.append([])
        else:
            segments[-1].append(token)
    return segments


def _parameter(segment: list[Token]) -> Parameter:
    written = "".join(token.text for token in segment).strip()
    bare = "".join(token.text for token in segment if token.kind is not Lexeme.COMMENT)
    attribute, equals, value = (text.strip() for text in bare.partition("="))
    if value.startswith('"'):
        value = _PAIR.sub(r"\1", value[1 : value.rfind('"')] if len(value) > 1 else "")
    marks = _PIECE.fullmatch(attribute)
    if not equals or marks is None:
        return Parameter(written, attribute, "", value)
    number = int(marks["number"]) if marks["number"] else None
    return Parameter(written, attribute, marks["name"].lower(), value, number, marks["coded"] is not None)


def _written(read: Sequence[Parameter]) -> Iterator[str]:
    families: dict[str, list[Parameter]] = {}
    for parameter in read:
        families.setdefault(parameter.name, []).append(parameter)
    foreign = {name for name, alike in families.items() if not all(one.written.isascii() for one in alike)}
    if "" in foreign:
        first = next(one for one in families[""] if not one.written.isascii())
        raise NoAsciiForm(f"the parameter {first.written!r} has no ASCII form")
    for parameter in read:
        if parameter.name not in foreign:
            if parameter.written:
                yield parameter.written
        elif families[parameter.name]:
            yield from _joined(families[parameter.name])
            families[parameter.name] = []


def _joined(alike: Sequence[Parameter]) -> Iterator[str]:
    """One parameter, in however many forms and pieces it was written."""
    first = alike[0]
    attribute = first.attribute.partition("*")[0]
    if not attribute.isascii():
        raise NoAsciiForm(f"the parameter {first.written!r} has no ASCII form")
    if first.name in _NEVER:
        raise NoAsciiForm(f"the parameter {attribute} may not be rewritten and is not ASCII")
    extended = [one for one in alike if one.coded or one.number is not None]
    if extended and all(one.written.isascii() for one in extended):
        yield from (one.written for one in extended)
    else:
        charset, octets = _value(sorted(extended, key=lambda one: one.number or 0) or [first])
        yield from _extended(attribute, charset, octets)


def _value(pieces: Sequence[Parameter]) -> tuple[str, bytes]:
    """The charset and language, as `charset'language'`, and the octets of a value."""
    prefix = "utf-8''"
    octets = b""
    for index, piece in enumerate(pieces):
        text = piece.value
        if piece.coded and index == 0 and text.count("'") >= 2:
            charset, language, text = text.split("'", 2)
            prefix = f"{charset or 'utf-8'}'{language}'"
        octets += unquote_to_bytes(text) if piece.coded else text.encode("utf-8", "replace")
    if not prefix.isascii():
        raise NoAsciiForm(f"{prefix!r} names no charset")
    return prefix, octets


def _extended(attribute: str, prefix: str, octets: bytes) -> Iterator[str]:
    units = list(_units(octets))
    whole = f"{attribute}*={prefix}{''.join(units)}"
    if len(whole) < LINE - 1:
        yield whole
        return
    number, held = 0, f"{attribute}*0*={prefix}"
    fresh = len(held)
    for unit in units:
        if len(held) + len(unit) > LINE - 2 and len(held) > fresh:
            yield held
            number += 1
            held = f"{attribute}*{number}*="
            fresh = len(held)
        held += unit
    yield held


def _units(octets: bytes) -> Iterator[str]:
    """Percent-encoded characters: the octets of one UTF-8 character are kept together."""
    held = ""
    for octet in octets:
        coded = chr(octet) if octet in _ATTRIBUTE_CHAR else f"%{octet:02X}"
        if octet & 0xC0 == 0x80 and len(held) < 12:
            held += coded
        else:
            if held:
                yield held
            held = coded
    if held:
        yield held
