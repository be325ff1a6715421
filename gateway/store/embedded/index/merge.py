"""Segments put together, without the messages that are gone."""

from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import accumulate

from gateway.store.embedded.index.segment import Column, Segment, packed
from gateway.store.protocol.search import Field


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
    parts: defaultdict[bytes, list[array[int]]] = defaultdict(list)
    for segment, start in zip(segments, starts, strict=False):
        column = segment.columns.get(field)
        if column is not None:
            messages, begin = _shifted(column.messages, start), 0
            for term, end in zip(_terms(column), column.ends, strict=True):
                parts[term].append(messages[begin:end])
                begin = end
    terms = sorted(parts)
    lengths = (sum(map(len, parts[term])) for term in terms)
    joined = array("H", b"".join(each.tobytes() for term in terms for each in parts[term]))
    return packed(terms, array("I", accumulate(lengths)), joined)


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
