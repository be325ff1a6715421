"""Answers kept for their time to live, the least recently used going first when there are too many."""

from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class TtlCache(Generic[T]):
    """A bounded map whose entries end. The time is passed in: seconds of any clock that only goes forward."""

    def __init__(self, entries: int) -> None:
        self._entries = entries
        self._items: OrderedDict[str, tuple[float, T]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._items)

    def get(self, key: str, now: float) -> T | None:
        """What was put, while it lasts."""
        found = self._items.get(key)
        if found is None:
            return None
        if found[0] <= now:
            del self._items[key]
            return None
        self._items.move_to_end(key)
        return found[1]

    def put(self, key: str, value: T, until: float) -> None:
        """Keep until then."""
        self._items[key] = (until, value)
        self._items.move_to_end(key)
        if len(self._items) > self._entries:
            self._items.popitem(last=False)
