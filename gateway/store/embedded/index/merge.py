"""Segments put together, without the messages that are gone."""

from array import array
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import accumulate
from typing import Final

from gateway.store.embedded.index.segment import Column, Segment, packed
from gateway.store.protocol.search import Field

_OCTETS: Final = array("H").itemsize


def merged(segments: Sequence[Segment], dead: AbstractSet[int]) -> Segment:
    """One in place of them. Together they have at most MOST messages."""
    kept = [_without(segment, dead) for segment in segments]
    starts = list(accumulate((len(segment.emails) for segment in kept), initial=0))
    emails = array("q")
    for segment in kept:
        emails += segment.emails
    fields = {field for segment in kept for field in segment.columns}
    return Segment(emails, {field: _joined(kept, starts, field) for field in fields})


def _joined(segments: Sequence[Segment], starts: Sequence[int], field: Field) -> Column:
    parts: dict[bytes, bytes] = {}
    for segment, start in zip(segments, starts, strict=False):
        column = segment.columns.get(field)
        if column is not None:
            _append(parts, column, start)
    terms = sorted(parts)
    lists = [parts[term] for term in terms]
    ends = accumulate(len(each) // _OCTETS for each in lists)
    return packed(terms, array("I", ends), array("H", b"".join(lists)))


def _append(parts: dict[bytes, bytes], column: Column, start: int) -> None:
    """Its messages after those that each term has already, numbered from `start`."""
    messages, begin = _shifted(column.messages, start).tobytes(), 0
    known = parts.get
    for term, end in zip(_terms(column), column.ends, strict=True):
        stop = end * _OCTETS
        parts[term] = known(term, b"") + messages[begin:stop]
        begin = stop


def _shifted(messages: "array[int]", by: int) -> "array[int]":
    return array("H", [number + by for number in messages]) if by else messages


def _without(segment: Segment, dead: AbstractSet[int]) -> Segment:
    places = [place for place, email in enumerate(segment.emails) if email not in dead]
    if len(places) == len(segment.emails):
        return segment
    numbers = {place: number for number, place in enumerate(places)}
    columns = {field: _kept(column, numbers) for field, column in segment.columns.items()}
    emails = array("q", map(segment.emails.__getitem__, places))
    return Segment(emails, {field: column for field, column in columns.items() if column.ends})


def _kept(column: Column, numbers: Mapping[int, int]) -> Column:
    terms, ends, messages, begin = [], array("I"), array("H"), 0
    for term, end in zip(_terms(column), column.ends, strict=True):
        before = len(messages)
        messages.extend(numbers[each] for each in column.messages[begin:end] if each in numbers)
        begin = end
        if len(messages) > before:
            terms.append(term)
            ends.append(len(messages))
    return packed(terms, ends, messages)


def _terms(column: Column) -> list[bytes]:
    return column.terms[1:-1].split(b"\n")
