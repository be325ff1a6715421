"""The positions of a view that a session does not count any more: from positions to sequence numbers and back.

Both ways cost O(log runs of holes), whatever the size of the mailbox. Numbers begin at 0 here.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from gateway.mailbox.spans import Span, merged


class Holes:
    """Never changed once made, so that views and sessions share it."""

    __slots__ = ("_counted", "_starts", "_stops", "total")

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._starts = array("q")
        self._stops = array("q")
        self._counted = array("q")
        self.total = 0
        for start, stop in merged(spans):
            self._starts.append(start)
            self._stops.append(stop)
            self._counted.append(start - self.total)
            self.total += stop - start

    @property
    def spans(self) -> Iterator[Span]:
        """Ascending; they never touch."""
        return zip(self._starts, self._stops, strict=True)

    def plus(self, spans: Iterable[Span]) -> "Holes":
        """With these too."""
        return Holes((*self.spans, *spans))

    def number(self, position: int) -> int | None:
        """How many positions before it are counted; None: it is a hole itself."""
        run = bisect_right(self._starts, position) - 1
        if run < 0:
            return position
        past = position - self._stops[run]
        return None if past < 0 else past + self._counted[run]

    def position(self, number: int) -> int:
        """Of the counted position of this number. The opposite of `number`."""
        run = bisect_right(self._counted, number) - 1
        return number if run < 0 else number - self._counted[run] + self._stops[run]

    def before(self, position: int) -> int:
        """How many holes are before a position."""
        run = bisect_right(self._starts, position) - 1
        if run < 0:
            return 0
        return self._starts[run] - self._counted[run] + min(position, self._stops[run]) - self._starts[run]

    def within(self, start: int, stop: int) -> Iterator[Span]:
        """The holes in a span, ascending."""
        for run in range(bisect_right(self._stops, start), len(self._starts)):
            low, high = max(start, self._starts[run]), min(stop, self._stops[run])
            if low >= high:
                return
            yield low, high

    def without(self, spans: Iterable[Span]) -> Iterator[Span]:
        """What of ascending spans is no hole."""
        for start, stop in spans:
            at = start
            for low, high in self.within(start, stop):
                if at < low:
                    yield at, low
                at = high
            if at < stop:
                yield at, stop

    def __contains__(self, position: int) -> bool:
        run = bisect_right(self._starts, position) - 1
        return run >= 0 and position < self._stops[run]

    def __len__(self) -> int:
        return len(self._starts)


NONE = Holes()
