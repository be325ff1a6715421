"""Runs of positions in a view, half-open: how UIDs are found in its arrays, and how arrays lose what is in between."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from operator import ne
from typing import TypeVar

from gateway.store.uids import Range, UidSet

Span = tuple[int, int]
T = TypeVar("T", int, float)


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """In ascending order, those that overlap or touch made one. Empty ones are left out."""
    found: list[Span] = []
    for start, stop in sorted(spans):
        if start >= stop:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(stop, found[-1][1]))
        else:
            found.append((start, stop))
    return tuple(found)


def between(spans: Sequence[Span], stop: int) -> Iterator[Span]:
    """What is left of `[0, stop)` without them."""
    at = 0
    for low, high in spans:
        if at < low:
            yield at, low
        at = high
    if at < stop:
        yield at, stop


def positions(spans: Iterable[Span]) -> Iterator[int]:
    """One by one."""
    for start, stop in spans:
        yield from range(start, stop)


def total(spans: Iterable[Span]) -> int:
    """How many positions those are."""
    return sum(stop - start for start, stop in spans)


def slices(spans: Iterable[Span], size: int) -> Iterator[Span]:
    """The same positions, so many at one time."""
    return ((at, min(at + size, stop)) for start, stop in spans for at in range(start, stop, size))


def of_positions(ascending: Iterable[int]) -> tuple[Span, ...]:
    """The runs that positions make."""
    found: list[Span] = []
    for at in ascending:
        if found and at == found[-1][1]:
            found[-1] = (found[-1][0], at + 1)
        else:
            found.append((at, at + 1))
    return tuple(found)


def of_uids(uids: "array[int]", wanted: UidSet, stop: int | None = None) -> Iterator[Span]:
    """Where the wanted UIDs are among ascending ones, before `stop`. Costs O(ranges * log messages)."""
    end = len(uids) if stop is None else stop
    low = 0
    for first, last in wanted.ranges:
        low = bisect_left(uids, first, low, end)
        high = bisect_right(uids, last, low, end)
        if low < high:
            yield low, high
        low = high


def exact(uids: "array[int]", spans: Iterable[Span]) -> UidSet:
    """The UIDs that are there."""
    ranges: list[Range] = []
    for start, stop in spans:
        if uids[stop - 1] - uids[start] == stop - 1 - start:
            ranges.append((uids[start], uids[stop - 1]))
        else:
            some = uids[start:stop]
            breaks = list(compress(range(1, len(some)), map(ne, some[1:], map((1).__add__, some))))
            firsts = (some[at] for at in (0, *breaks))
            ranges.extend(zip(firsts, (some[at - 1] for at in (*breaks, len(some))), strict=True))
    return UidSet.ranges_of(ranges)


def covering(uids: "array[int]", spans: Iterable[Span]) -> UidSet:
    """The UIDs that are there, and perhaps some between them that are there no more. Costs O(spans)."""
    return UidSet.ranges_of((uids[start], uids[stop - 1]) for start, stop in spans)


def kept(values: "array[T]", spans: Iterable[Span]) -> "array[T]":
    """A new array of what is in the spans."""
    result = values[:0]
    for start, stop in spans:
        result += values[start:stop]
    return result
