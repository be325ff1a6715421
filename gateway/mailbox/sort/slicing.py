"""A stable sort in slices: `sorted` would hold up the event loop for a second at 1,000,000 messages.

Slices are sorted, cut at pivots, and the pieces between the same two pivots are sorted together (samplesort). What
equals a pivot has a heap of its own, which is in order already. Nothing is done for single items but by C.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from gateway.mailbox.slices import breathe, slices

AT_ONCE: Final = 8_192
_SAMPLES: Final = 8
"""For each pivot."""


K = TypeVar("K", float, str)


async def in_order(items: Sequence[int], key: Callable[[int], K], *, reverse: bool = False) -> "array[int]":
    """Sorted by their keys; what has equal keys stays in order, also in reverse."""
    if len(items) <= AT_ONCE:
        return array("I", sorted(items, key=key, reverse=reverse))
    heaps = await _dealt(items, key, _pivots(items, key))
    result = array("I")
    for number in range(len(heaps) - 1, -1, -1) if reverse else range(len(heaps)):
        if number % 2:
            result += heaps[number]
        else:
            result.extend(sorted(heaps[number], key=key, reverse=reverse))
        heaps[number] = array("I")
        await breathe()
    return result


def _pivots(items: Sequence[int], key: Callable[[int], K]) -> list[K]:
    step = max(AT_ONCE // _SAMPLES, 1)
    samples = sorted(key(items[at]) for at in range(0, len(items), step))
    return sorted(set(samples[_SAMPLES::_SAMPLES]))


async def _dealt(items: Sequence[int], key: Callable[[int], K], pivots: Sequence[K]) -> "list[array[int]]":
    """Even heaps lie between pivots, odd ones are what equals one."""
    heaps = [array("I") for _ in range(2 * len(pivots) + 1)]
    for low, high in slices(len(items), AT_ONCE):
        some = sorted(items[low:high], key=key)
        _deal(some, key, pivots, heaps)
        await breathe()
    return heaps


def _deal(some: Sequence[int], key: Callable[[int], K], pivots: Iterable[K], heaps: "list[array[int]]") -> None:
    begin = 0
    for number, pivot in enumerate(pivots):
        equal = bisect_left(some, pivot, begin, key=key)
        after = bisect_right(some, pivot, equal, key=key)
        heaps[2 * number].extend(some[begin:equal])
        heaps[2 * number + 1].extend(some[equal:after])
        begin = after
    heaps[-1].extend(some[begin:])
