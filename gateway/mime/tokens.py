r"""The one tokenizer for structured fields (RFC 5322 3.2, with the UTF-8 of RFC 6532 3.2). Linear time, never fails.

ABNF, as read here::

    token         = FWS / comment / quoted-string / domain-literal / encoded-word / atom / special
    comment       = "(" *( ctext / quoted-pair / comment ) ")"
    quoted-string = DQUOTE *( qtext / quoted-pair ) DQUOTE
    special       = "(" / ")" / "<" / ">" / "[" / "]" / ":" / ";" / "@" / "\" / "," / "." / DQUOTE

A quote or parenthesis that is never closed is a special of its own. Joining the texts of all tokens gives the value.
"""

import re
from collections.abc import Iterator, Sequence
from enum import Enum, auto
from typing import NamedTuple


class Lexeme(Enum):
    """The kinds of token."""

    BLANK = auto()
    COMMENT = auto()
    QUOTED = auto()
    LITERAL = auto()
    ENCODED = auto()
    """An encoded-word, also one with specials in it, which many senders write."""
    ATOM = auto()
    SPECIAL = auto()


CFWS = frozenset({Lexeme.BLANK, Lexeme.COMMENT})
"""What may stand anywhere and says nothing."""


class Token(NamedTuple):
    """A token as written."""

    kind: Lexeme
    text: str

    @property
    def meant(self) -> str:
        """Without quotes and quoted pairs."""
        return _PAIR.sub(r"\1", self.text[1:-1]) if self.kind is Lexeme.QUOTED else self.text


_SEPARATORS = frozenset(",;:")
_PAIR = re.compile(r"\\(.)", re.DOTALL)
_QUOTED = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_LITERAL = re.compile(r"\[[^\[\]\\<>,;]*+\]")
_SIMPLE = re.compile(
    r"(?P<blank>[ \t\r\n]++)|(?P<encoded>=\?[^?\s]++\?[bBqQ]\?[^?\s]*+\?=)"
    r'|(?P<atom>[^ \t\r\n()<>\[\]:;@\\,."]++)|.',
    re.DOTALL,
)
_KINDS = {"blank": Lexeme.BLANK, "encoded": Lexeme.ENCODED, "atom": Lexeme.ATOM}
_OPENING = frozenset('"([')
_IN_COMMENT = re.compile(r"[^()\\]++|\\.?|[()]", re.DOTALL)


def tokens(value: str) -> list[Token]:
    """The tokens of a field's value, folded or not."""
    found: list[Token] = []
    unclosed: set[str] = set()
    at = 0
    while match := _SIMPLE.match(value, at):
        kind = match.lastgroup
        text = match[0]
        if kind is None:
            token = _bracketed(value, at, unclosed) if text in _OPENING else Token(Lexeme.SPECIAL, text)
        else:
            token = Token(_KINDS[kind], text)
        found.append(token)
        at += len(token.text)
    return found


def _bracketed(value: str, at: int, unclosed: set[str]) -> Token:
    """What begins with an opening character; a special where it is not closed, which is found out once."""
    first = value[at]
    if first not in unclosed:
        kind, text = _enclosed(value, at)
        if text:
            return Token(kind, text)
        unclosed.add(first)
    return Token(Lexeme.SPECIAL, first)


def _enclosed(value: str, at: int) -> tuple[Lexeme, str]:
    match value[at]:
        case '"':
            return Lexeme.QUOTED, _matched(_QUOTED, value, at)
        case "(":
            return Lexeme.COMMENT, _comment(value, at)
        case _:
            return Lexeme.LITERAL, _matched(_LITERAL, value, at)


def _matched(pattern: re.Pattern[str], value: str, at: int) -> str:
    match = pattern.match(value, at)
    return match[0] if match else ""


def _comment(value: str, at: int) -> str:
    depth = 0
    for piece in _IN_COMMENT.finditer(value, at):
        if piece[0] == "(":
            depth += 1
        elif piece[0] == ")":
            depth -= 1
            if depth == 0:
                return value[at : piece.end()]
    return ""


def items(found: Sequence[Token]) -> Iterator[tuple[list[Token], str]]:
    """Items, each with the separator after it; separators inside angle brackets do not part."""
    item: list[Token] = []
    in_angle = False
    for token in found:
        if token.kind is Lexeme.SPECIAL:
            if token.text in _SEPARATORS and not in_angle:
                yield item, token.text
                item = []
                continue
            in_angle = token.text == "<" or (in_angle and token.text != ">")
        item.append(token)
    yield item, ""
