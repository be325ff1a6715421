r"""What is searched for: search keys as clients write them (RFC 9051 6.4.4 and 9 search-key).

ABNF, as read here::

    search-program = ["CHARSET" SP charset SP] search-key *(SP search-key)

NOT, FUZZY, the first argument of OR and parentheses may be MAX_NESTING deep; `OR a OR b OR c …` is as long as it likes,
up to MAX_KEYS keys in all.
"""

import re
from codecs import decode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.imap.wire.completion import Refusal, bad, refused
from gateway.imap.wire.date_time import parse_date
from gateway.imap.wire.framing import Piece
from gateway.imap.wire.scanner import MAX_NESTING, NUMBER_32, BadSyntax, Scanner
from gateway.imap.wire.search_keys import (
    AGES,
    DAYS,
    FIELDS,
    IDS,
    NUMBERS,
    PLAIN,
    And,
    Filter,
    Fuzzy,
    HasHeader,
    HasKeyword,
    HasText,
    Key,
    ModSeqFrom,
    Named,
    Not,
    Numbered,
    OnDay,
    Or,
    leaves,
)
from gateway.imap.wire.sets import SequenceSet
from gateway.mime.charset import codec_of
from gateway.store.uids import UidSet

MAX_KEYS: Final = 2_000
"""NO [LIMIT]."""
BAD_CHARSET: Final = b"BADCHARSET (UTF-8 US-ASCII ISO-8859-1 ISO-8859-15 KOI8-R ISO-2022-JP GB18030)"
"""Many more are read; these are the usual ones."""
_UTF8: Final = "utf_8"
_ASCII: Final = "ascii"
_ENTRY: Final = re.compile(rb"/flags/\\?[!-~]+")
_TYPES: Final = frozenset({b"PRIV", b"SHARED", b"ALL"})
_OBJECT_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,255}")
_FILTER_NAME: Final = re.compile(r"[^/]+")


@dataclass(frozen=True, slots=True)
class Program:
    """What is searched for."""

    key: Key
    charset: str = ""
    """A name that we do not know: NO [BADCHARSET]. Else empty."""
    utf8: bool = True
    """Its texts are in UTF-8, or nothing else was said."""


def search_program(scanner: Scanner) -> Program:
    """[charset SP] keys, from where they begin to the end of the command. Raises BadSyntax, Refusal."""
    if scanner.skip(b"CHARSET "):
        return sort_program(scanner)
    return _program(scanner, _UTF8, "")


def sort_program(scanner: Scanner) -> Program:
    """charset SP keys (RFC 5256 5). Raises BadSyntax, Refusal."""
    name = scanner.astring("a charset").decode("ascii", "replace")
    scanner.utf8 = True  # Programs put texts of their charset in quotes, too, where IMAP4rev1 wants literals.
    codec = _ASCII if name.upper() == "US-ASCII" else codec_of(name)
    scanner.space()
    return _program(scanner, codec or _UTF8, "" if codec else name)


def _program(scanner: Scanner, codec: str, unknown: str) -> Program:
    key = _Keys(scanner, codec, known=not unknown).all()
    utf8 = not unknown and codec in (_UTF8, _ASCII)
    if not utf8 and any(isinstance(leaf, Filter) for leaf in leaves(key)):
        raise Refusal(bad("FILTER needs CHARSET UTF-8 (RFC 5466 3.1)", b"BADCHARSET (UTF-8 US-ASCII)"))
    return Program(key, unknown, utf8=codec == _UTF8 and not unknown)


def filter_value(pieces: tuple[Piece, ...]) -> Key:
    """search-criteria of a filter, in UTF-8 (RFC 5466 3.2). Raises BadSyntax, Refusal."""
    scanner = Scanner(pieces, utf8=True)
    key = _Keys(scanner, _UTF8, known=True).all()
    scanner.end()
    return key


class _Keys:
    """Of one command."""

    def __init__(self, scanner: Scanner, codec: str, *, known: bool) -> None:
        self._scanner = scanner
        self._codec = codec
        self._known = known
        self._count = 0
        self._depth = 0

    def all(self) -> Key:
        found = [self._key()]
        while self._scanner.skip(b" "):
            found.append(self._key())
        return found[0] if len(found) == 1 else And(tuple(found))

    def _key(self) -> Key:
        self._count += 1
        if self._count > MAX_KEYS:
            raise refused(f"a search has at most {MAX_KEYS} keys", b"LIMIT")
        scanner = self._scanner
        if scanner.starts(b"0123456789*$"):
            return Numbered(scanner.sequence_set())
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise BadSyntax(f"search keys are at most {MAX_NESTING} deep in each other")
        key = self._listed() if scanner.starts(b"(") else self._named(scanner.keyword("a search key"))
        self._depth -= 1
        return key

    def _listed(self) -> Key:
        self._scanner.open()
        key = self.all()
        self._scanner.close()
        return key

    def _named(self, name: bytes) -> Key:
        if name in PLAIN:
            return PLAIN[name]
        for table, read in _ARGUMENTS.items():
            if name in table:
                self._scanner.space()
                return read(self, name)
        raise BadSyntax(f"{name.decode()} is no search key of this server")

    def _text(self, what: str = "a text") -> str:
        octets = self._scanner.astring(what)
        if not self._known:
            return ""
        try:
            return decode(octets, self._codec)
        except UnicodeDecodeError as error:
            raise BadSyntax(f"{what} is not in the charset of the command at octet {error.start + 1}") from error

    # Keys with arguments, behind their space

    def has_text(self, name: bytes) -> Key:
        return HasText(FIELDS[name], self._text())

    def on_day(self, name: bytes) -> Key:
        return OnDay(*DAYS[name], parse_date(self._scanner.astring("a date")))

    def size(self, name: bytes) -> Key:
        return NUMBERS[name](self._scanner.number64())

    def age(self, name: bytes) -> Key:
        return AGES[name](self._scanner.nz_number("a number of seconds"))

    def object_id(self, name: bytes) -> Key:
        found = self._scanner.atom("an object identifier")
        if not _OBJECT_ID.fullmatch(found):
            raise BadSyntax("an object identifier has letters, digits, `-` and `_` (RFC 8474 7)")
        return IDS[name](found)

    def other(self, name: bytes) -> Key:
        return _OTHERS[name](self)

    def keyword(self) -> Key:
        return HasKeyword(self._scanner.atom("a keyword"))

    def unkeyword(self) -> Key:
        return Not(self.keyword())

    def header(self) -> Key:
        name = self._text("the name of a header field")
        self._scanner.space()
        return HasHeader(name, self._text())

    def uid(self) -> Key:
        return Named(self._scanner.sequence_set())

    def after(self) -> Key:
        """Higher UIDs (RFC 9738 3.2)."""
        uid = self._one_uid()
        return Named(SequenceSet(UidSet(((uid + 1, NUMBER_32),) if uid < NUMBER_32 else ())))

    def before(self) -> Key:
        """Lower ones."""
        uid = self._one_uid()
        return Named(SequenceSet(UidSet(((1, uid - 1),) if uid > 1 else ())))

    def _one_uid(self) -> int:
        return self._scanner.nz_number("a UID")

    def modseq(self) -> Key:
        scanner = self._scanner
        if scanner.starts(b'"'):
            if not _ENTRY.fullmatch(scanner.string("the name of a metadata item")):
                raise BadSyntax('the name of a metadata item is "/flags/…" (RFC 7162 3.1.5)')
            scanner.space()
            if scanner.keyword("PRIV, SHARED or ALL") not in _TYPES:
                raise BadSyntax("the type of a metadata item is PRIV, SHARED or ALL")
            scanner.space()
        return ModSeqFrom(scanner.number64("a mod-sequence"))

    def filter(self) -> Key:
        name = self._scanner.atom("the name of a filter")
        if not _FILTER_NAME.fullmatch(name):
            raise BadSyntax("the name of a filter has no slash (RFC 5466 4)")
        return Filter(name)

    def fuzzy(self) -> Key:
        return Fuzzy(self._key())

    def negated(self) -> Key:
        turned = True
        while self._scanner.skip(b"NOT "):
            turned = not turned
        key = self._key()
        return Not(key) if turned else key

    def either(self) -> Key:
        found = [self._key()]
        self._scanner.space()
        while self._scanner.skip(b"OR "):
            found.append(self._key())
            self._scanner.space()
        found.append(self._key())
        return Or(tuple(found))


_OTHERS: Final[dict[bytes, Callable[[_Keys], Key]]] = {
    b"FILTER": _Keys.filter,
    b"FUZZY": _Keys.fuzzy,
    b"HEADER": _Keys.header,
    b"KEYWORD": _Keys.keyword,
    b"MODSEQ": _Keys.modseq,
    b"NOT": _Keys.negated,
    b"OR": _Keys.either,
    b"UID": _Keys.uid,
    b"UIDAFTER": _Keys.after,
    b"UIDBEFORE": _Keys.before,
    b"UNKEYWORD": _Keys.unkeyword,
}
_ARGUMENTS: Final[dict[frozenset[bytes], Callable[[_Keys, bytes], Key]]] = {
    frozenset(FIELDS): _Keys.has_text,
    frozenset(DAYS): _Keys.on_day,
    frozenset(NUMBERS): _Keys.size,
    frozenset(AGES): _Keys.age,
    frozenset(IDS): _Keys.object_id,
    frozenset(_OTHERS): _Keys.other,
}
