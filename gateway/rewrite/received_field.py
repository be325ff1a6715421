"""An older `Received` field that is not ASCII (RFC 6531 3.7.3, RFC 6857): what has no ASCII form in it is left out.

Encoded-words may not stand here (RFC 2047 5). A `for` or `id` clause, or a comment, that is not ASCII is dropped, a
U-label becomes an A-label, a name that is none becomes `unknown`; every other octet stays as it is.
"""

from collections.abc import Iterator, Sequence

from gateway.mail.domain import BadDomain, parse_domain
from gateway.mime.tokens import Lexeme, Token, tokens

_CLAUSES = frozenset({"from", "by", "via", "with", "id", "for"})
_DROPPED = frozenset({"id", "for"})


def ascii_received(value: str) -> str:
    """The value of the field, folded as it was."""
    return "".join(_written(clause) for clause in _clauses(tokens(value)))


def _clauses(found: Sequence[Token]) -> Iterator[list[Token]]:
    """Clauses, each with the blank before its keyword; the date with its semicolon is the last."""
    clause: list[Token] = []
    for token in found:
        starts = token.kind is Lexeme.ATOM and token.text.lower() in _CLAUSES
        if starts or token == (Lexeme.SPECIAL, ";"):
            blank = [clause.pop()] if starts and clause and clause[-1].kind is Lexeme.BLANK else []
            yield clause
            clause = [*blank, token]
        else:
            clause.append(token)
    yield clause


def _written(clause: Sequence[Token]) -> str:
    text = "".join(token.text for token in clause)
    if text.isascii():
        return text
    keyword = next((token.text.lower() for token in clause if token.kind is Lexeme.ATOM), "")
    if keyword in _DROPPED:
        return ""
    return "".join(_words(clause))


def _words(clause: Sequence[Token]) -> Iterator[str]:
    glued = ""
    for kind, text in [*clause, Token(Lexeme.BLANK, "")]:
        if kind not in {Lexeme.BLANK, Lexeme.COMMENT}:
            glued += text
            continue
        yield glued if glued.isascii() else _name(glued)
        glued = ""
        if text.isascii():
            yield text


def _name(text: str) -> str:
    try:
        return parse_domain(text).ascii
    except BadDomain:
        return "unknown"
