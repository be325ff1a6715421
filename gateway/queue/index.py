"""What a shard's owner knows about its rows without asking: which hop is due when, how many rows have which state.

Memory grows with the number of next hops, never with the number of messages.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.mail.message import State
from gateway.mail.units import Timestamp
from gateway.queue.protocol import Ripe

_SLACK = 64


@dataclass(frozen=True, slots=True)
class Census:
    """The index as counted from the rows: the earliest due time by next hop, and the rows by state."""

    due: Mapping[str, Timestamp]
    counts: Mapping[State, int]


@dataclass(slots=True)
class Index:
    """Kept in step with the rows by whoever commits. `counts` leaves out the leased ones: the leases are counted."""

    counts: dict[State, int] = field(
        default_factory=lambda: dict.fromkeys((State.QUEUED, State.DEFERRED, State.HELD), 0)
    )
    _due: dict[str, Timestamp] = field(default_factory=dict)
    _heap: list[tuple[Timestamp, str]] = field(default_factory=list)
    """May hold outdated pairs: a pair counts only where `_due` says the same."""
    _ripe: dict[str, Timestamp] = field(default_factory=dict)
    """Taken off the heap because their time had come."""

    def load(self, census: Census) -> None:
        """Forget everything, and begin with what was counted."""
        self.counts = dict.fromkeys((State.QUEUED, State.DEFERRED, State.HELD), 0) | dict(census.counts)
        self._due = dict(census.due)
        self._heap = [(due, hop) for hop, due in census.due.items()]
        heapq.heapify(self._heap)
        self._ripe = {}

    def count(self, state: State, more: int) -> None:
        """So many more rows (or fewer) are in a state other than leased."""
        self.counts[state] += more

    def lower(self, hop: str, due: Timestamp) -> None:
        """A delivery for this hop is due at `due`."""
        known = self._due.get(hop)
        if known is None or due < known:
            self.settle(hop, due)

    def settle(self, hop: str, due: Timestamp | None) -> None:
        """The earliest delivery for this hop is due at `due`; None: there is none."""
        self._ripe.pop(hop, None)
        if due is None:
            self._due.pop(hop, None)
        else:
            self._due[hop] = due
            heapq.heappush(self._heap, (due, hop))
            if len(self._heap) > 2 * len(self._due) + _SLACK:
                self._heap = [(due, hop) for hop, due in self._due.items() if hop not in self._ripe]
                heapq.heapify(self._heap)

    def ripe(self, now: Timestamp) -> Sequence[Ripe]:
        """The hops with due deliveries, the longest waiting first."""
        heap = self._heap
        while heap and heap[0][0] <= now:
            due, hop = heapq.heappop(heap)
            if self._due.get(hop) == due:
                self._ripe[hop] = due
        if not self._ripe:
            return ()
        return [Ripe(hop, due) for hop, due in sorted(self._ripe.items(), key=lambda item: item[1]) if due <= now]

    def next_due(self) -> Timestamp | None:
        """The earliest due time of all."""
        heap = self._heap
        while heap and self._due.get(heap[0][1]) != heap[0][0]:
            heapq.heappop(heap)
        return min((*self._ripe.values(), *(due for due, _ in heap[:1])), default=None)
