"""Long work in slices, so that the event loop is never held up for longer than some milliseconds.

What runs at the speed of C (copying, comparing, `map`) takes slices of COMPARED, loops of our own slices of LOOPED.
"""

import asyncio
from collections.abc import Iterator
from typing import Final

COMPARED: Final = 65_536
LOOPED: Final = 4_096


def slices(stop: int, size: int, start: int = 0) -> Iterator[tuple[int, int]]:
    """The range in pieces, half-open, in order."""
    for low in range(start, stop, size):
        yield low, min(low + size, stop)


async def breathe() -> None:
    """Let others run."""
    await asyncio.sleep(0)
