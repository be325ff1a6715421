"""FETCH and UID FETCH as clients write them (RFC 9051 6.4.5 and 9 fetch-att, RFC 3501 6.4.5).

ABNF, beside that of RFC 9051::

    fetch-att       =/ "MODSEQ" / "SAVEDATE" / "EMAILID" / "THREADID" /   ; RFC 7162, RFC 8514, RFC 8474
                       "PREVIEW" [SP "(" "LAZY" ")"] /                    ; RFC 8970
                       "RFC822" [".HEADER" / ".TEXT"]                     ; RFC 3501
    fetch-modifiers =  SP "(" fetch-modifier *(SP fetch-modifier) ")"     ; RFC 4466
    fetch-modifier  =  "CHANGEDSINCE" SP number64 / "VANISHED" / "PARTIAL" SP partial-range
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from gateway.imap.wire import strings
from gateway.imap.wire.framing import Piece
from gateway.imap.wire.partial import PartialRange, partial_range
from gateway.imap.wire.scanner import BadSyntax, Scanner
from gateway.imap.wire.sets import SequenceSet


class Fact(Enum):
    """What can be said of a message without looking into it. The value is its name in commands and responses."""

    UID = b"UID"
    FLAGS = b"FLAGS"
    MODSEQ = b"MODSEQ"
    INTERNALDATE = b"INTERNALDATE"
    SAVEDATE = b"SAVEDATE"
    SIZE = b"RFC822.SIZE"
    EMAILID = b"EMAILID"
    THREADID = b"THREADID"
    ENVELOPE = b"ENVELOPE"
    BODY = b"BODY"
    BODYSTRUCTURE = b"BODYSTRUCTURE"


class Text(Enum):
    """What of a message or part is meant (RFC 9051 6.4.5.1 section-text)."""

    ALL = b""
    """A whole message, or the body of a part."""
    HEADER = b"HEADER"
    FIELDS = b"HEADER.FIELDS"
    NOT_FIELDS = b"HEADER.FIELDS.NOT"
    TEXT = b"TEXT"
    MIME = b"MIME"


@dataclass(frozen=True, slots=True)
class Section:
    """`part`: its number; empty: the message. `fields`: names as the client wrote them."""

    part: tuple[int, ...] = ()
    text: Text = Text.ALL
    fields: tuple[bytes, ...] = ()

    def wire(self) -> bytes:
        """In brackets."""
        numbers = [b"%d" % number for number in self.part]
        spec = b".".join([*numbers, self.text.value] if self.text is not Text.ALL else numbers)
        if self.fields:
            spec += b" (%b)" % b" ".join(map(strings.astring, self.fields))
        return b"[%b]" % spec


@dataclass(frozen=True, slots=True)
class Window:
    """Octets from `start` on, at most `size` of them."""

    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Octets:
    """BODY[…], BINARY[…] and their kin. `name`: what the response calls it, with the section and the window's start."""

    section: Section
    name: bytes
    window: Window | None = None
    peek: bool = False
    """\\Seen stays as it is."""
    decoded: bool = False
    """Without its Content-Transfer-Encoding (RFC 3516)."""


@dataclass(frozen=True, slots=True)
class DecodedSize:
    """BINARY.SIZE[…]."""

    section: Section


@dataclass(frozen=True, slots=True)
class Preview:
    """RFC 8970."""

    lazy: bool


Item = Fact | Octets | DecodedSize | Preview


@dataclass(frozen=True, slots=True)
class Modifiers:
    """What limits a FETCH, and what it adds."""

    changed_since: int | None = None
    vanished: bool = False
    partial: PartialRange | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """The arguments of FETCH and UID FETCH."""

    messages: SequenceSet
    items: tuple[Item, ...]
    """None of them twice."""
    modifiers: Modifiers = Modifiers()


_FAST: Final = (Fact.FLAGS, Fact.INTERNALDATE, Fact.SIZE)
_MACROS: Final[Mapping[bytes, tuple[Item, ...]]] = {
    b"ALL": (*_FAST, Fact.ENVELOPE),
    b"FAST": _FAST,
    b"FULL": (*_FAST, Fact.ENVELOPE, Fact.BODY),
}
_RFC822: Final[Mapping[bytes, Octets]] = {
    b"RFC822": Octets(Section(), b"RFC822"),
    b"RFC822.HEADER": Octets(Section(text=Text.HEADER), b"RFC822.HEADER", peek=True),
    b"RFC822.TEXT": Octets(Section(text=Text.TEXT), b"RFC822.TEXT"),
}


def fetch(scanner: Scanner) -> Fetch:
    """Raises BadSyntax."""
    scanner.space()
    messages = scanner.sequence_set()
    scanner.space()
    items = _macro(scanner) or (scanner.listed(lambda: item(scanner)) if scanner.peek(b"(") else (item(scanner),))
    modifiers = _modifiers(scanner) if scanner.skip(b" ") else Modifiers()
    return Fetch(messages, tuple(dict.fromkeys(items)), modifiers)


def _macro(scanner: Scanner) -> tuple[Item, ...]:
    return next((items for name, items in _MACROS.items() if scanner.word(name)), ())


def item(scanner: Scanner) -> Item:
    """One fetch-att. Raises BadSyntax."""
    for name, parse in _ITEMS:
        if scanner.skip(name):
            return parse(scanner)
    raise scanner.expected("something that can be fetched")


def parse_section(text: bytes) -> Section:
    """A section on its own, without brackets, as in an IMAP URL (RFC 5092). Raises BadSyntax."""
    scanner = Scanner((Piece(text),), utf8=False)
    found = _spec(scanner)
    scanner.end()
    return found


def _body(scanner: Scanner) -> Item:
    return _octets(scanner, b"BODY") if scanner.peek(b"[") else Fact.BODY


def _octets(scanner: Scanner, name: bytes, *, peek: bool = False, decoded: bool = False) -> Octets:
    section = _binary_section(scanner) if decoded else _section(scanner)
    window = _window(scanner)
    start = b"<%d>" % window.start if window else b""
    return Octets(section, name + section.wire() + start, window, peek=peek, decoded=decoded)


def _section(scanner: Scanner) -> Section:
    scanner.take(b"[")
    found = _spec(scanner)
    scanner.take(b"]")
    return found


def _binary_section(scanner: Scanner) -> Section:
    scanner.take(b"[")
    numbers: list[int] = []
    if not scanner.peek(b"]"):
        numbers.append(scanner.nz_number("a part number"))
    while scanner.skip(b"."):
        numbers.append(scanner.nz_number("a part number"))
    scanner.take(b"]")
    return Section(tuple(numbers))


def _spec(scanner: Scanner) -> Section:
    numbers: list[int] = []
    while scanner.at_digit:
        numbers.append(scanner.nz_number("a part number"))
        if not scanner.skip(b"."):
            return Section(tuple(numbers))
    part = tuple(numbers)
    for text in (Text.NOT_FIELDS, Text.FIELDS):
        if scanner.skip(text.value):
            scanner.space()
            return Section(part, text, scanner.listed(lambda: scanner.astring("the name of a header field")))
    texts = (Text.HEADER, Text.TEXT, Text.MIME) if part else (Text.HEADER, Text.TEXT)
    for text in texts:
        if scanner.skip(text.value):
            return Section(part, text)
    if part:
        raise scanner.expected("a part number, HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT or MIME")
    return Section()


def _window(scanner: Scanner) -> Window | None:
    if not scanner.skip(b"<"):
        return None
    start = scanner.number64("the first octet")
    scanner.take(b".")
    size = scanner.number64("how many octets")
    if not size:
        raise BadSyntax("no octets at all cannot be asked for")
    scanner.take(b">")
    return Window(start, size)


def _preview(scanner: Scanner) -> Preview:
    if not scanner.skip(b" ("):
        return Preview(lazy=False)
    scanner.take(b"LAZY")
    while scanner.skip(b" "):
        scanner.take(b"LAZY")
    scanner.take(b")")
    return Preview(lazy=True)


def _always(found: Item) -> Callable[[Scanner], Item]:
    return lambda _scanner: found


_ITEMS: Final[tuple[tuple[bytes, Callable[[Scanner], Item]], ...]] = tuple(
    sorted(
        [
            *((fact.value, _always(fact)) for fact in Fact if fact is not Fact.BODY),
            *((name, _always(octets)) for name, octets in _RFC822.items()),
            (b"BODY", _body),
            (b"BODY.PEEK", lambda scanner: _octets(scanner, b"BODY", peek=True)),
            (b"BINARY", lambda scanner: _octets(scanner, b"BINARY", decoded=True)),
            (b"BINARY.PEEK", lambda scanner: _octets(scanner, b"BINARY", peek=True, decoded=True)),
            (b"BINARY.SIZE", lambda scanner: DecodedSize(_binary_section(scanner))),
            (b"PREVIEW", _preview),
        ],
        key=lambda pair: -len(pair[0]),
    )
)
"""The longer names first: some begin like others."""


def _modifiers(scanner: Scanner) -> Modifiers:
    changed_since: int | None = None
    vanished = False
    partial: PartialRange | None = None
    for name, number, ends in scanner.listed(lambda: _modifier(scanner)):
        if (name == b"CHANGEDSINCE" and changed_since is not None) or (name == b"PARTIAL" and partial is not None):
            raise BadSyntax(f"{name.decode()} is there twice")
        changed_since = number if number is not None else changed_since
        partial = ends or partial
        vanished = vanished or name == b"VANISHED"
    return Modifiers(changed_since, vanished, partial)


def _modifier(scanner: Scanner) -> tuple[bytes, int | None, PartialRange | None]:
    name = scanner.keyword("CHANGEDSINCE, VANISHED or PARTIAL")
    match name:
        case b"CHANGEDSINCE":
            scanner.space()
            return name, scanner.number64("a mod-sequence"), None
        case b"PARTIAL":
            scanner.space()
            return name, None, partial_range(scanner)
        case b"VANISHED":
            return name, None, None
        case _:
            raise BadSyntax("FETCH has the modifiers CHANGEDSINCE, VANISHED and PARTIAL, and no others")
