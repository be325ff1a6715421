"""Sets of UIDs as ranges: what a command names, and what a change concerns. Their size does not grow with the mailbox.

>>> str(UidSet.of([3, 1, 2, 9]))
'1:3,9'
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from typing_extensions import override

Range = tuple[int, int]
"""Both ends belong to it."""
_BEYOND = 1 << 62
"""No UID is as high."""


@dataclass(frozen=True, slots=True)
class UidSet:
    """Disjoint ranges, ascending, none of which touches the next. Make one with `of` or `ranges_of`."""

    ranges: tuple[Range, ...] = ()

    @classmethod
    def of(cls, uids: Iterable[int]) -> "UidSet":
        """From UIDs in any order."""
        ranges: list[Range] = []
        begin = end = -2
        for uid in sorted(uids):
            if uid > end + 1:
                if end >= 0:
                    ranges.append((begin, end))
                begin = uid
            end = uid
        if end >= 0:
            ranges.append((begin, end))
        return cls(tuple(ranges))

    @classmethod
    def ranges_of(cls, ranges: Iterable[Range]) -> "UidSet":
        """From ranges in any order, which may overlap; the ends of each in any order."""
        # Commands have tens of thousands of them.
        pairs = list(ranges)
        merged: list[Range] = []
        begin = end = -2
        for low, high in sorted(zip(map(min, pairs), map(max, pairs), strict=True)):
            if low > end + 1:
                if end >= 0:
                    merged.append((begin, end))
                begin, end = low, high
            elif high > end:
                end = high
        if end >= 0:
            merged.append((begin, end))
        return cls(tuple(merged))

    @classmethod
    def parse(cls, text: str) -> "UidSet":
        """The opposite of `str`. Raises ValueError."""
        pairs = (piece.partition(":") for piece in text.split(",")) if text else ()
        return cls.ranges_of((int(low), int(high or low)) for low, _, high in pairs)

    @override
    def __str__(self) -> str:
        return ",".join(f"{low}" if low == high else f"{low}:{high}" for low, high in self.ranges)

    def __iter__(self) -> Iterator[int]:
        for low, high in self.ranges:
            yield from range(low, high + 1)

    def __len__(self) -> int:
        return sum(high - low + 1 for low, high in self.ranges)

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __contains__(self, uid: int) -> bool:
        at = bisect_right(self.ranges, (uid, _BEYOND)) - 1
        return at >= 0 and uid <= self.ranges[at][1]

    def __or__(self, other: "UidSet") -> "UidSet":
        if not self.ranges or not other.ranges:
            return self if self.ranges else other
        return UidSet.ranges_of((*self.ranges, *other.ranges))

    def __and__(self, other: "UidSet") -> "UidSet":
        found: list[Range] = []
        mine, others = list(reversed(self.ranges)), list(reversed(other.ranges))
        while mine and others:
            low, high = max(mine[-1][0], others[-1][0]), min(mine[-1][1], others[-1][1])
            if low <= high:
                found.append((low, high))
            (mine if mine[-1][1] < others[-1][1] else others).pop()
        return UidSet(tuple(found))

    def __sub__(self, other: "UidSet") -> "UidSet":
        edges = (0, *(edge for low, high in other.ranges for edge in (low - 1, high + 1)), _BEYOND)
        gaps = zip(edges[::2], edges[1::2], strict=True)
        return self & UidSet(tuple((low, high) for low, high in gaps if low <= high))
