"""Sets of keywords of an account, each known by its number. Part of a transaction."""

import sqlite3
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import orjson

from gateway.store.errors import NotPossible
from gateway.store.flags import MAX_KEYWORD, MAX_KEYWORDS, Flags, How, KeywordSets, Mark, System, keywords_of, mark
from gateway.store.flags import SYSTEM_MASK as MASK

EMPTY = 0
MAX_OCTETS = 1024 * 1024
"""Of all sets of an account. They are read whenever a keyword is set, and count for no quota."""
_ALWAYS = frozenset({"$Junk", "$NotJunk", "$Phishing", "$Forwarded", "$MDNSent"})
"""Alone: what delivery and every client sets."""
_WEIGHT = "SELECT coalesce(sum(length(names)), 0) FROM keyword_set"
_NOT_IN_ATOMS = frozenset('(){ %*"\\]')


class Keywords:
    """What is known is read when it is first needed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._sets: dict[int, frozenset[str]] | None = None
        self._numbers: dict[frozenset[str], int] = {}
        self._spelling: dict[str, str] = {}

    def mark(self, flags: Flags) -> Mark:
        """Of a new message. Raises NotPossible."""
        return mark(flags.system, self.number(flags.keywords))

    def number(self, keywords: Iterable[str]) -> int:
        """Of a set, made where it is new. Raises NotPossible."""
        if not keywords:
            return EMPTY
        self._load()
        wanted = self._spelled(keywords)
        if len(wanted) > MAX_KEYWORDS:
            raise NotPossible(f"a message has at most {MAX_KEYWORDS} keywords")
        number = self._numbers.get(wanted)
        return self._make(wanted) if number is None else number

    def changed(self, old: Mark, how: How, flags: Flags) -> Mark:
        """What STORE makes of a mark. Raises NotPossible."""
        system = System(old & MASK)
        match how:
            case How.ADD:
                return mark(system | flags.system, self._with(keywords_of(old), flags.keywords))
            case How.REMOVE:
                return mark(system & ~flags.system, self._without(keywords_of(old), flags.keywords))
            case How.REPLACE:
                return self.mark(flags)

    def _with(self, number: int, keywords: frozenset[str]) -> int:
        return self.number(self._load()[number] | self._spelled(keywords)) if keywords else number

    def _without(self, number: int, keywords: frozenset[str]) -> int:
        if not keywords or number == EMPTY:
            return number
        return self.number(self._load()[number] - self._spelled(keywords))

    def _spelled(self, keywords: Iterable[str]) -> frozenset[str]:
        """As they were first written in this account."""
        return frozenset(self._spelling.get(each.lower()) or self._new_spelling(each) for each in keywords)

    def _new_spelling(self, keyword: str) -> str:
        self._load()
        lower = keyword.lower()
        if lower not in self._spelling:
            if not 0 < len(keyword) <= MAX_KEYWORD or not _is_atom(keyword):
                raise NotPossible(
                    f"a keyword is an atom of at most {MAX_KEYWORD} characters: {keyword[:MAX_KEYWORD]!r}"
                )
            self._spelling[lower] = keyword
        return self._spelling[lower]

    def _make(self, keywords: frozenset[str]) -> int:
        names = orjson.dumps(sorted(keywords)).decode()
        self._refuse_flood(keywords, len(names))
        number = self._connection.execute("INSERT INTO keyword_set (names) VALUES (?)", (names,)).lastrowid or 0
        self._load()[number] = keywords
        self._numbers[keywords] = number
        return number

    def _refuse_flood(self, keywords: frozenset[str], more: int) -> None:
        row: tuple[int] = self._connection.execute(_WEIGHT).fetchone()
        if row[0] + more > MAX_OCTETS and not (len(keywords) == 1 and keywords <= _ALWAYS):
            raise NotPossible("the account has too many sets of keywords: use some that it has")

    def _load(self) -> dict[int, frozenset[str]]:
        if self._sets is None:
            self._sets = dict(keyword_sets(self._connection))
            self._numbers = {names: number for number, names in self._sets.items()}
            self._spelling = {name.lower(): name for names in self._sets.values() for name in names}
        return self._sets


def keyword_sets(connection: sqlite3.Connection) -> KeywordSets:
    """All of an account."""
    rows = connection.execute("SELECT id, names FROM keyword_set").fetchall()
    sets: Mapping[int, frozenset[str]] = {number: frozenset(orjson.loads(names)) for number, names in rows}
    return MappingProxyType({EMPTY: frozenset(), **sets})


def _is_atom(keyword: str) -> bool:
    return keyword.isascii() and keyword.isprintable() and not _NOT_IN_ATOMS.intersection(keyword)
