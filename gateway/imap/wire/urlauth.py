"""The arguments of GENURLAUTH, URLFETCH and RESETKEY (RFC 4467 9, RFC 5524 5).

ABNF, as read here::

    genurlauth = "GENURLAUTH" 1*(SP astring SP mechanism)
    urlfetch   = "URLFETCH" 1*(SP (astring / "(" astring *(SP item) ")"))
    item       = "BODY" / "BINARY" / "BODYPARTSTRUCTURE"
    resetkey   = "RESETKEY" [SP mailbox *(SP mechanism)]
"""

from dataclasses import dataclass
from enum import Enum

from gateway.imap.wire.names import mailbox_argument
from gateway.imap.wire.scanner import BadSyntax, Scanner


class Item(Enum):
    """What is wanted of a URL (RFC 5524 3.1). The value is its name."""

    STRUCTURE = b"BODYPARTSTRUCTURE"
    BINARY = b"BINARY"
    BODY = b"BODY"


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A URL that is to be signed."""

    url: bytes
    mechanism: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A URL, and what of it; no items: its octets alone (RFC 4467)."""

    url: bytes
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Reset:
    """`mailbox` None: all keys of the user."""

    mailbox: str | None
    mechanisms: tuple[str, ...] = ()


def genurlauth(scanner: Scanner) -> tuple[Unsigned, ...]:
    """Raises BadSyntax."""
    found: list[Unsigned] = []
    while not found or not scanner.at_end:
        scanner.space()
        url = scanner.astring("a URL")
        scanner.space()
        found.append(Unsigned(url, scanner.atom("a mechanism").upper()))
    return tuple(found)


def urlfetch(scanner: Scanner) -> tuple[Wanted, ...]:
    """Raises BadSyntax."""
    found: list[Wanted] = []
    while not found or not scanner.at_end:
        scanner.space()
        found.append(_extended(scanner) if scanner.peek(b"(") else Wanted(scanner.astring("a URL")))
    return tuple(found)


def resetkey(scanner: Scanner) -> Reset:
    """Raises BadSyntax."""
    if scanner.at_end:
        return Reset(None)
    mailbox = mailbox_argument(scanner)
    mechanisms: list[str] = []
    while scanner.skip(b" "):
        mechanisms.append(scanner.atom("a mechanism").upper())
    return Reset(mailbox, tuple(mechanisms))


def _extended(scanner: Scanner) -> Wanted:
    scanner.open()
    url = scanner.astring("a URL")
    items: list[Item] = []
    while scanner.skip(b" "):
        items.append(_item(scanner))
    scanner.close()
    if len(set(items)) < len(items) or {Item.BINARY, Item.BODY} <= set(items):
        raise BadSyntax("each item can be asked for once, and not both BINARY and BODY (RFC 5524 3.1)")
    return Wanted(url, tuple(items))


def _item(scanner: Scanner) -> Item:
    name = scanner.keyword("BODY, BINARY or BODYPARTSTRUCTURE")
    try:
        return Item(name)
    except ValueError as error:
        raise BadSyntax("a URL has BODY, BINARY and BODYPARTSTRUCTURE") from error
