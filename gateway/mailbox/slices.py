"""Long work in slices, so that the event loop is never held up for longer than some milliseconds.

What runs at the speed of C (copying, comparing, `map`) takes slices of COMPARED, loops of our own slices of LOOPED.
"""

import asyncio
from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

T = TypeVar("T", int, float)
COMPARED: Final = 32_768
LOOPED: Final = 4_096


def slices(stop: int, size: int, start: int = 0) -> Iterator[tuple[int, int]]:
    """The range in pieces, half-open, in order."""
    for low in range(start, stop, size):
        yield low, min(low + size, stop)


async def picked(into: "array[T]", value: Callable[[int], T], positions: Sequence[int]) -> "array[T]":
    """Add the values at some positions, in their order; `value` is best written in C, such as `values.__getitem__`."""
    for low, high in slices(len(positions), COMPARED):
        into.extend(map(value, positions[low:high]))
        await breathe()
    return into


async def breathe() -> None:
    """Let others run."""
    await asyncio.sleep(0)
