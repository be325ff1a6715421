r"""Lists of addresses as people see them (RFC 5322 3.4 and 4.4, RFC 6532). Any value gives a list.

ABNF, as read here; comments and blanks may stand between any two tokens::

    address-list = [ address ] *( ( "," / ";" ) [ address ] )
    address      = mailbox / [ phrase ] ":" [ mailbox ] *( "," [ mailbox ] ) ";"
    mailbox      = [ phrase ] "<" [ route ] addr-spec ">" / addr-spec / junk
    route        = "@" domain *( "," "@" domain ) ":"

Decisions hang on `gateway.rewrite.mailboxes`, which refuses what readers differ about; nothing hangs on this one.
Encoded-words stand as they are. Without a phrase, the last comment is the name, by an old custom.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gateway.mime.tokens import CFWS, Lexeme, Token, items, tokens


class Mailbox(NamedTuple):
    """`name`: without quotes, empty where none. `local`: without quotes. `domain`: empty where there is no `@`."""

    name: str
    local: str
    domain: str
    route: str = ""
    """As written, without its colon: `@a.example,@b.example`."""


class Group(NamedTuple):
    """Mailboxes beside each other. `name` None: they are in no group (as RFC 8621 4.1.2.4 has it)."""

    name: str | None
    mailboxes: tuple[Mailbox, ...]


MAX_ODD = 64 * 1024
_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~\-"
_PHRASE = rf"[{_ATEXT}\x80-\U0010ffff]++(?:[ \t.]*+[{_ATEXT}\x80-\U0010ffff]++)*+\.?"
_SPEC = rf"([{_ATEXT}.\x80-\U0010ffff]++)@([A-Za-z0-9.\-_\x80-\U0010ffff]++)"
_USUAL = re.compile(rf'[ \t]*+(?:(?:"([^"\\]*+)"|({_PHRASE}))?+[ \t]*+<{_SPEC}>|{_SPEC})[ \t]*+(?:,|\Z)')
_PAIR = re.compile(r"\\(.)", re.DOTALL)
_BLANKS = re.compile(r"[ \t\r\n]+")


def parse_address_list(text: str) -> tuple[Group, ...]:
    """The addresses of an unfolded value; of one with anything odd in it, those in its first `MAX_ODD` characters."""
    found = _usual(text)
    return (Group(None, found),) if found else tuple(_groups(text[:MAX_ODD]))


def _usual(text: str) -> tuple[Mailbox, ...]:
    """A list without anything odd; empty where it is odd, or empty."""
    found: list[Mailbox] = []
    at = 0
    while at < len(text):
        match = _USUAL.match(text, at)
        if match is None:
            return ()
        quoted, phrase, local, domain, bare, bare_domain = match.groups()
        if bare:
            found.append(Mailbox("", bare, bare_domain))
        else:
            found.append(Mailbox(_single_blanks(quoted or phrase or ""), local, domain))
        at = match.end()
    return tuple(found)


def _groups(text: str) -> Iterator[Group]:
    name: str | None = None
    held: list[Mailbox] = []
    for item, separator in items(tokens(text)):
        if separator == ":":
            if held or name is not None:
                yield Group(name, tuple(held))
            name, held = _name(item), []
            continue
        held += _mailbox(item)
        if separator == ";" and name is not None:
            yield Group(name, tuple(held))
            name, held = None, []
    if held or name is not None:
        yield Group(name, tuple(held))


def _mailbox(item: Sequence[Token]) -> Iterator[Mailbox]:
    begin = _place("<", item, 0)
    if begin < len(item):
        end = _place(">", item, begin)
        route, inside = _routed(item[begin + 1 : end])
        local, domain = _spec(inside)
        yield Mailbox(_name(item[:begin]) or _comment(item), local, domain, route)
        return
    core = [token for token in item if token.kind is not Lexeme.COMMENT]
    while core and core[-1].kind is Lexeme.BLANK:
        core.pop()
    if not core:
        return
    start = _spec_start(core)
    local, domain = _spec(core[start:])
    if local or domain:
        yield Mailbox(_name(core[:start]) or _comment(item), local, domain)


def _spec_start(core: Sequence[Token]) -> int:
    """Where a bare address begins: what is before it, parted by a blank, is a name. Without an `@` all is one."""
    start = _place("@", core, 0)
    if start == len(core):
        return 0
    while start and (core[start - 1].kind is not Lexeme.BLANK or _dotted(core, start - 1)):
        start -= 1
    return start


def _dotted(core: Sequence[Token], blank: int) -> bool:
    """Whether a blank stands beside a dot or an `@` (RFC 5322 4.4)."""
    beside = [*core[max(blank - 1, 0) : blank], *core[blank + 1 : blank + 2]]
    return any(token.kind is Lexeme.SPECIAL and token.text in ".@" for token in beside)


def _routed(inside: Sequence[Token]) -> tuple[str, Sequence[Token]]:
    colon = _place(":", inside, 0)
    route = _glued(inside[:colon])
    return (route, inside[colon + 1 :]) if colon < len(inside) and route.startswith("@") else ("", inside)


def _spec(core: Sequence[Token]) -> tuple[str, str]:
    at = max((n for n, token in enumerate(core) if _is("@", token)), default=-1)
    if at < 0:
        return _name(core), ""
    return _glued(core[:at]), "".join(token.text for token in core[at + 1 :] if token.kind not in CFWS)


def _glued(core: Sequence[Token]) -> str:
    return "".join(token.meant for token in core if token.kind not in CFWS)


def _name(phrase: Sequence[Token]) -> str:
    """A phrase as it is meant, blanks as single ones."""
    text = "".join(" " if token.kind in CFWS else token.meant for token in phrase)
    return _single_blanks(text)


def _single_blanks(text: str) -> str:
    return " ".join(_BLANKS.split(text)).strip()


def _comment(item: Sequence[Token]) -> str:
    for token in reversed(item):
        if token.kind is Lexeme.COMMENT:
            return _single_blanks(_PAIR.sub(r"\1", token.text[1:-1]))
    return ""


def _place(special: str, found: Sequence[Token], start: int) -> int:
    """Where it comes next; past the end where it does not."""
    return next((n for n in range(start, len(found)) if _is(special, found[n])), len(found))


def _is(special: str, token: Token) -> bool:
    return token.kind is Lexeme.SPECIAL and token.text == special
