"""A stable sort in slices: `sorted` would hold up the event loop for a second at 1,000,000 messages.

Items are dealt out to small heaps between pivots first, and each heap is sorted by itself (samplesort). What equals a
pivot has a heap of its own, which is in order already.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from gateway.mailbox.slices import LOOPED, breathe, slices

AT_ONCE: Final = 8_192
_HEAP: Final = 4_096
_SAMPLES: Final = 8
"""For each pivot."""


K = TypeVar("K", float, bytes)


async def in_order(items: Sequence[int], key: Callable[[int], K], *, reverse: bool = False) -> list[int]:
    """Sorted by their keys; what has equal keys stays in order, also in reverse."""
    if len(items) <= AT_ONCE:
        return sorted(items, key=key, reverse=reverse)
    heaps = await _dealt(items, key, _pivots(items, key))
    result: list[int] = []
    for number in range(len(heaps) - 1, -1, -1) if reverse else range(len(heaps)):
        heap = heaps[number]
        if number % 2 == 0:
            heap.sort(key=key, reverse=reverse)
        result += heap
        heaps[number] = []
        await breathe()
    return result


def _pivots(items: Sequence[int], key: Callable[[int], K]) -> list[K]:
    step = max(_HEAP // _SAMPLES, 1)
    samples = sorted(key(items[at]) for at in range(0, len(items), step))
    return sorted(set(samples[_SAMPLES::_SAMPLES]))


async def _dealt(items: Sequence[int], key: Callable[[int], K], pivots: list[K]) -> list[list[int]]:
    """Even heaps lie between pivots, odd ones are what equals one."""
    heaps: list[list[int]] = [[] for _ in range(2 * len(pivots) + 1)]
    for low, high in slices(len(items), LOOPED):
        for item in items[low:high]:
            value = key(item)
            at = bisect_left(pivots, value)
            equal = at < len(pivots) and pivots[at] == value
            heaps[2 * at + equal].append(item)
        await breathe()
    return heaps
