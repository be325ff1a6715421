r"""The addresses that a field names (RFC 5322 3.4 and 4.4, RFC 6854), for decisions that hang on them: never guessed.

ABNF, as read here; comments and blanks may stand between any two tokens::

    address-list = [ address ] *( "," [ address ] )
    address      = mailbox / group
    group        = phrase ":" [ mailbox ] *( "," [ mailbox ] ) ";"
    mailbox      = [ phrase / addr-spec ] "<" [ route ] addr-spec ">" / addr-spec
    route        = "@" domain *( "," "@" domain ) ":"
    addr-spec    = word *( "." word ) "@" domain
    domain       = domain-literal / atom *( "." atom )
    phrase       = 1*( word / encoded-word / "." )

Readers differ in what they make of anything else, and of what is ambiguous: it is refused. So are encoded-words where
RFC 2047 5 has none, and names and comments that have an address in angle brackets in them.
"""

import re
from collections.abc import Iterator, Sequence
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from gateway.mail.address import Address, BadAddress, parse_address
from gateway.mime.tokens import CFWS, Lexeme, Token, items, tokens

MAX_VALUE = 32 * 1024
"""Octets of a value that is looked at."""

_LONGEST_NAME = 998
_FOLD = re.compile(r"\r\n(?=[ \t])")
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
_NOT_IN_ENCODED_WORD = re.compile(r'[()<>\[\]:;@\\,"]')
_WORDS = frozenset({Lexeme.ATOM, Lexeme.QUOTED})


class Ambiguous(ValueError):
    """Readers may find other addresses in the field than we do; the message says why, for people, in ASCII."""


def mailboxes(value: bytes) -> tuple[Address, ...]:
    """The addresses of a field's value, folded or not, in order. Raises Ambiguous."""
    found: list[Address] = []
    in_group = closed = False
    for item, separator in items(tokens(_text(value))):
        _check_comments(item)
        core = [token for token in item if token.kind not in CFWS]
        if closed and (core or (separator != "," and separator)):
            raise Ambiguous("a group ends with ; and what follows it begins with a comma")
        if separator == ":":
            _check_group(core, nested=in_group)
            in_group = True
            continue
        found += _mailbox(core)
        if separator == ";" and not in_group:
            raise Ambiguous("there is a ; that ends no group")
        closed = separator == ";"
        in_group = in_group and not closed
    if in_group:
        raise Ambiguous("a group has no ; at its end")
    return tuple(found)


def _text(value: bytes) -> str:
    """Unfolded. Octets that are not UTF-8 may stand in names: all that parts addresses is ASCII."""
    if len(value) > MAX_VALUE:
        raise Ambiguous(f"it has over {MAX_VALUE} octets")
    text = _FOLD.sub("", value.decode("utf-8", "surrogateescape"))
    if _CONTROL.search(text):
        raise Ambiguous("there is a control character in it")
    if "\\" in text and _is_raw(text):
        # In some charsets the second octet of a character is that of a backslash.
        raise Ambiguous("there are octets that are not UTF-8 in it, and a backslash")
    return text


def _is_raw(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _check_group(name: Sequence[Token], *, nested: bool) -> None:
    if nested or not name:
        raise Ambiguous("there is a : where none may stand")
    _check_phrase(name)


def _mailbox(core: Sequence[Token]) -> Iterator[Address]:
    if not core:
        return
    begin = _place("<", core)
    if begin is None:
        yield _addr_spec(core)
        return
    if _place(">", core) != len(core) - 1:
        raise Ambiguous("an address in angle brackets stands at the end, and there is one of them")
    name = core[:begin]
    if _place("@", name) is not None:
        yield _addr_spec(name)
    elif name:
        _check_phrase(name)
    yield _addr_spec(_without_route(core[begin + 1 : -1]))


def _without_route(inside: Sequence[Token]) -> Sequence[Token]:
    """A source route has no meaning (RFC 5322 4.4): the address behind it has."""
    colon = _place(":", inside)
    if colon is None:
        return inside
    hops = [Token(Lexeme.SPECIAL, ","), *inside[:colon]]
    while hops:
        if [token.text for token in hops[:2]] != [",", "@"]:
            raise Ambiguous("there is a : in an address")
        end = next((n for n, token in enumerate(hops) if n and _is(",", token)), len(hops))
        _check_domain(hops[2:end])
        hops = hops[end:]
    return inside[colon + 1 :]


def _addr_spec(core: Sequence[Token]) -> Address:
    at = _place("@", core)
    if at is None:
        raise Ambiguous(
            "there is something without an @ where an address has to stand; quote names with odd characters"
        )
    _check_dotted(core[:at], _WORDS)
    _check_domain(core[at + 1 :])
    text = "".join(token.text for token in core)
    if "=?" in text:
        raise Ambiguous("there is an encoded-word in an address")
    try:
        return parse_address(text)
    except BadAddress as error:
        raise Ambiguous(_ascii(str(error))) from error


def _check_domain(core: Sequence[Token]) -> None:
    if [token.kind for token in core] != [Lexeme.LITERAL]:
        _check_dotted(core, frozenset({Lexeme.ATOM}))


def _check_dotted(core: Sequence[Token], kinds: frozenset[Lexeme]) -> None:
    """Words with a dot between any two."""
    dotted = all(_is(".", token) if n % 2 else token.kind in kinds for n, token in enumerate(core))
    if not (dotted and len(core) % 2):
        raise Ambiguous("there are words or dots too many in an address; quote names with odd characters")


def _check_comments(item: Sequence[Token]) -> None:
    """Some readers look for the first angle bracket, whatever stands around it."""
    for token in item:
        if token.kind is Lexeme.COMMENT and "@" in token.text and ("<" in token.text or ">" in token.text):
            raise Ambiguous("there is an address in a comment")


def _check_phrase(core: Sequence[Token]) -> None:
    meant = ""
    for token in core:
        if token.kind is Lexeme.ENCODED:
            meant += _decoded(token.text)
        elif token.kind in _WORDS or _is(".", token):
            meant += token.meant
        else:
            raise Ambiguous(f"there is a {token.text} in a name; quote names with odd characters")
    if "@" in meant and ("<" in meant or ">" in meant):
        raise Ambiguous("there is an address in a name")


def _decoded(word: str) -> str:
    """What an encoded-word says. One with specials in it is one word to some, and several to others."""
    if len(word) > _LONGEST_NAME or _NOT_IN_ENCODED_WORD.search(word[2:-2]):
        raise Ambiguous("there is an encoded-word with characters in it that may not stand there (RFC 2047 5)")
    try:
        decoded = str(make_header(decode_header(word)))
    except (HeaderParseError, LookupError, ValueError) as error:
        raise Ambiguous("there is an encoded-word that cannot be read") from error
    if _CONTROL.search(decoded):
        raise Ambiguous("there is an encoded-word with a control character in it")
    return decoded


def _place(special: str, core: Sequence[Token]) -> int | None:
    """Where it first stands."""
    return next((n for n, token in enumerate(core) if _is(special, token)), None)


def _is(special: str, token: Token) -> bool:
    return token.kind is Lexeme.SPECIAL and token.text == special


def _ascii(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode("ascii")
