"""A search in one snapshot of an index."""

import sqlite3
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from gateway.store.embedded.index import file
from gateway.store.embedded.index.lines import Lines, messages_of
from gateway.store.embedded.index.terms import Piece, pieces_of
from gateway.store.embedded.index.words import Word, words_of
from gateway.store.protocol.search import Closeness, Field, Found, Wanted

Look = Callable[[Lines], Iterable[int]]
"""Which terms of a column are meant."""
_EXACT_FORM: Final = 1.0
_OTHER_FORM: Final = 0.8
_WEIGHTS: Final = {
    Field.SUBJECT: 1.0,
    Field.FROM: 0.9,
    Field.TO: 0.8,
    Field.CC: 0.7,
    Field.BCC: 0.7,
    Field.ATTACHMENTS: 0.7,
    Field.BODY: 0.6,
    Field.HEADERS: 0.3,
}
"""How much it says about a message that a word is there."""


@dataclass(frozen=True, slots=True)
class _Segment:
    connection: sqlite3.Connection
    number: int
    emails: "array[int]"

    def having(self, field: Field, looks: Sequence[Look]) -> set[int]:
        """Numbers of messages that have, in that field, a term for each of `looks`."""
        column = self._lines(field)
        if column is None:
            return set()
        row, lines = column
        found = [list(look(lines)) for look in looks]
        if not all(found):
            return set()
        sql = "SELECT ends, messages FROM field WHERE rowid = ?"
        ends, messages = self.connection.execute(sql, (row,)).fetchone()
        unpacked = file.unpacked("I", ends), file.unpacked("H", messages)
        return set.intersection(*(messages_of(each, *unpacked, len(self.emails)) for each in found))

    def _lines(self, field: Field) -> tuple[int, Lines] | None:
        sql = "SELECT rowid, terms, counts FROM field WHERE segment = ? AND name = ?"
        row = self.connection.execute(sql, (self.number, field.value)).fetchone()
        return (row[0], Lines(row[1], file.unpacked("I", row[2]))) if row else None


def find(connection: sqlite3.Connection, wanted: Wanted) -> Found:
    """Raises sqlite3.Error, ValueError (it is corrupt)."""
    segments = [_Segment(connection, number, emails) for number, emails in file.emails(connection)]
    dead = file.dead(connection)
    if wanted.closeness is Closeness.FUZZY:
        return _fuzzy(segments, wanted, dead)
    pieces = pieces_of(wanted.text)
    looks = [_look(piece) for piece in pieces.pieces]
    found: set[int] = set()
    for segment in segments:
        if looks:
            numbers = set().union(*(segment.having(field, looks) for field in wanted.fields))
            found.update(map(segment.emails.__getitem__, numbers))
        else:
            found.update(segment.emails)
    return Found(array("q", sorted(found - dead)), sure=pieces.sure)


def _look(piece: Piece) -> Look:
    def look(lines: Lines) -> Iterable[int]:
        return lines.whole(piece.octets) if piece.whole else lines.containing(piece.octets)

    return look


def _fuzzy(segments: Sequence[_Segment], wanted: Wanted, dead: set[int]) -> Found:
    words, pieces = words_of(wanted.text)
    looks = [*map(_forms, words), *([(_look(piece), _EXACT_FORM)] for piece in pieces)]
    ranks: dict[int, float] = {}
    for segment in segments:
        for number, rank in _ranked(segment, wanted.fields, looks).items():
            ranks[segment.emails[number]] = rank
    emails = array("q", sorted(ranks.keys() - dead))
    return Found(emails, sure=True, ranks=array("d", map(ranks.__getitem__, emails)))


def _forms(word: Word) -> list[tuple[Look, float]]:
    return [(_look(Piece(word.term, whole=True)), _EXACT_FORM), (partial(_near, word), _OTHER_FORM)]


def _near(word: Word, lines: Lines) -> Iterator[int]:
    return (number for number, term in lines.beginning(word.first, word.pattern) if word.is_near(term))


def _ranked(
    segment: _Segment, fields: Iterable[Field], looks: Sequence[Sequence[tuple[Look, float]]]
) -> dict[int, float]:
    """Of the messages that have all words, in whatever fields: the mean of what each word is worth."""
    total: dict[int, float] | None = None
    for forms in looks:
        worth = _worth(segment, fields, forms)
        if total is not None:
            worth = {number: total[number] + value for number, value in worth.items() if number in total}
        total = worth
        if not total:
            return {}
    return {number: value / len(looks) for number, value in (total or {}).items()}


def _worth(segment: _Segment, fields: Iterable[Field], forms: Sequence[tuple[Look, float]]) -> dict[int, float]:
    best: dict[int, float] = {}
    for field in fields:
        for look, form in forms:
            value = _WEIGHTS[field] * form
            for number in segment.having(field, [look]):
                if best.get(number, 0.0) < value:
                    best[number] = value
    return best
