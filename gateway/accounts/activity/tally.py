"""Counts over a sliding window, shared by workers: pure, with the time passed in.

A count lies in a bucket and leaves the window with its bucket, so that it counts for the window's length and at most
one bucket's width more. What is counted here counts at once; `take` gives it away to be added to the shared counts, and
`learn` takes those over.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.mail.units import Seconds, Timestamp

STEP = 100
"""How many keys are looked at before the event loop gets its turn."""


class Count(NamedTuple):
    """Two numbers that are counted together: messages and recipients. Failures use the first alone."""

    first: int = 0
    second: int = 0

    def plus(self, other: "Count") -> "Count":
        """Both added up; never below nothing."""
        return Count(max(self.first + other.first, 0), max(self.second + other.second, 0))


class Cell(NamedTuple):
    """One bucket of one key; `start` in seconds since 1970."""

    key: str
    start: int


@dataclass(frozen=True, slots=True)
class Window:
    """How counting is done."""

    length: Seconds
    width: int
    """Of a bucket, in seconds."""
    keys: int
    """How many are kept; the one that was counted longest ago goes first."""
    share_from: int = 1
    """What is less stays with its worker and is forgotten at its end: a million hosts that fail once cost no disk."""


@dataclass(slots=True)
class Tallies:
    """The counts of many keys."""

    window: Window
    _keys: dict[str, dict[int, Count]] = field(default_factory=dict)
    _pending: dict[Cell, tuple[int, int]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, key: str, count: Count, now: Timestamp) -> None:
        """It happened once more."""
        before = self.sum(key, now).first
        buckets = self._keys.pop(key, {})
        self._keys[key] = buckets
        start = int(now // self.window.width) * self.window.width
        buckets[start] = buckets.get(start, Count()).plus(count)
        if before >= self.window.share_from:
            self._pend(Cell(key, start), count)
        elif before + count.first >= self.window.share_from:
            for one, value in buckets.items():
                self._pend(Cell(key, one), value)
        self._bound()

    def sum(self, key: str, now: Timestamp) -> Count:
        """How much there was within the window."""
        buckets = self._keys.get(key)
        if not buckets:
            return Count()
        first = second = 0
        for start in tuple(buckets):
            if self._counts(start, now):
                count = buckets[start]
                first += count.first
                second += count.second
            else:
                del buckets[start]
        return Count(first, second)

    def room_at(self, key: str, room: Count, now: Timestamp) -> Timestamp:
        """When the sums will be down to these numbers, if nothing is added. `now`, where they are already."""
        first, second = self.sum(key, now)
        at = now
        for start, count in sorted(self._keys.get(key, {}).items()):
            if first <= room.first and second <= room.second:
                break
            first -= count.first
            second -= count.second
            at = Timestamp(start + self.window.width + self.window.length)
        return at

    def clear(self, key: str) -> None:
        """As if it had never happened."""
        for start, count in self._keys.pop(key, {}).items():
            self._pend(Cell(key, start), Count(-count.first, -count.second))

    def take(self) -> Mapping[Cell, tuple[int, int]]:
        """What the shared counts lack. Where they could not be told, `give_back` follows."""
        pending, self._pending = self._pending, {}
        return pending

    def give_back(self, pending: Mapping[Cell, tuple[int, int]]) -> None:
        """The shared counts could not be told. More than a bounded number of cells is not kept for another time."""
        for cell, (first, second) in pending.items():
            if len(self._pending) < self.window.keys:
                self._pend(cell, Count(first, second))

    def learn(self, cell: Cell, shared: Count) -> None:
        """A count as all workers know it; what is pending here comes on top."""
        pending = self._pending.get(cell, (0, 0))
        self._keys.setdefault(cell.key, {})[cell.start] = shared.plus(Count(*pending))
        self._bound()

    def sweep(self, now: Timestamp) -> Iterator[None]:
        """Forget the keys that have nothing within the window. Yields after each small step."""
        for number, key in enumerate(tuple(self._keys)):
            if not any(self.sum(key, now)):
                self._keys.pop(key, None)
            if number % STEP == STEP - 1:
                yield

    def oldest(self, now: Timestamp) -> int:
        """The first start that still counts."""
        return int(now - self.window.length - self.window.width) + 1

    def _counts(self, start: int, now: Timestamp) -> bool:
        """A bucket far in the future is of before the clock was put back."""
        return now - self.window.length < start + self.window.width and start <= now + self.window.width

    def _bound(self) -> None:
        if len(self._keys) > self.window.keys:
            del self._keys[next(iter(self._keys))]

    def _pend(self, cell: Cell, count: Count) -> None:
        first, second = self._pending.get(cell, (0, 0))
        self._pending[cell] = (first + count.first, second + count.second)
