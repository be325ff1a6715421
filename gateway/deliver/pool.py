"""Kept connections, and how many a hop may have: bookkeeping alone, which says what to close. I/O is elsewhere."""

from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Keepable(Protocol):
    """What the pool must know of a connection."""

    idle_since: float

    @property
    def fit(self) -> bool:
        """Whether it can be used again."""
        ...


C = TypeVar("C", bound=Keepable)


@dataclass(frozen=True, slots=True)
class Place:
    """What connections must have in common to stand for each other: hop, host, TLS policy, login, names."""

    hop_key: str
    rest: Hashable


class Pool(Generic[C]):
    """Idle connections by place, the one used last on top, so that the others can end."""

    def __init__(self) -> None:
        self._idle: dict[Place, list[C]] = {}
        self.count = 0

    def take(self, place: Place) -> C | None:
        """A fit connection, which is no longer idle."""
        stack = self._idle.get(place)
        while stack:
            connection = stack.pop()
            self.count -= 1
            if connection.fit:
                return connection
        return None

    def give(self, place: Place, connection: C, now: float) -> None:
        """Keep it."""
        connection.idle_since = now
        self._idle.setdefault(place, []).append(connection)
        self.count += 1

    def remove(self, place: Place, connection: C) -> None:
        """It has ended; nothing happens where it is not idle."""
        stack = self._idle.get(place, [])
        if connection in stack:
            stack.remove(connection)
            self.count -= 1

    def evict(self, hop_key: str) -> C | None:
        """The longest idle one of a hop, to be closed in favour of a new one to another of its hosts."""
        stacks = [stack for place, stack in self._idle.items() if stack and place.hop_key == hop_key]
        if not stacks:
            return None
        self.count -= 1
        return min(stacks, key=lambda stack: stack[0].idle_since).pop(0)

    def expired(self, before: float) -> list[C]:
        """Those idle since before then: no longer kept, to be closed."""
        found: list[C] = []
        for place, stack in list(self._idle.items()):
            while stack and stack[0].idle_since <= before:
                found.append(stack.pop(0))
            if not stack:
                del self._idle[place]
        self.count -= len(found)
        return found

    def drain(self) -> list[C]:
        """All, to be closed."""
        found = [connection for stack in self._idle.values() for connection in stack]
        self._idle.clear()
        self.count = 0
        return found


class Slots:
    """Connections of each hop, up to its limit; those who wait are called in the order in which they came."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}
        self._waiting: dict[str, deque[Callable[[], None]]] = {}

    def used(self, hop_key: str) -> int:
        """Connections that the hop has."""
        return self._used.get(hop_key, 0)

    def take(self, hop_key: str, limit: int) -> bool:
        """Whether one more is allowed; it is counted then."""
        if self._used.get(hop_key, 0) >= limit:
            return False
        self.add(hop_key)
        return True

    def add(self, hop_key: str) -> None:
        """Count one more, whatever the limit."""
        self._used[hop_key] = self._used.get(hop_key, 0) + 1

    def give_back(self, hop_key: str) -> None:
        """One has ended."""
        left = self._used[hop_key] - 1
        if left:
            self._used[hop_key] = left
        else:
            del self._used[hop_key]
        self.call_next(hop_key)

    def wait(self, hop_key: str, call: Callable[[], None]) -> None:
        """`call` is called once when something of the hop is free again."""
        self._waiting.setdefault(hop_key, deque()).append(call)

    def forget(self, hop_key: str, call: Callable[[], None]) -> bool:
        """Wait no longer. False: it has been called already."""
        waiting = self._waiting.get(hop_key, deque())
        if call not in waiting:
            return False
        waiting.remove(call)
        return True

    def call_next(self, hop_key: str) -> None:
        """A slot or an idle connection is free."""
        waiting = self._waiting.get(hop_key)
        if waiting:
            call = waiting.popleft()
            if not waiting:
                del self._waiting[hop_key]
            call()
