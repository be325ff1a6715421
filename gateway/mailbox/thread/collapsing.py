"""One message for each conversation (RFC 8621 4.4.3 `collapseThreads`)."""

from collections.abc import Iterable, Iterator, Sequence


def collapsed(positions: Iterable[int], threads: Sequence[int]) -> Iterator[int]:
    """The first of each thread, in the order given. `threads`: of each position, as in `MeasureColumn`."""
    seen: set[int] = set()
    for at in positions:
        thread = threads[at]
        if thread not in seen:
            seen.add(thread)
            yield at
