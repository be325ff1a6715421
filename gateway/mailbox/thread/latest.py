"""The order of threads of REFS: what has the message that arrived last comes last."""

from array import array
from collections.abc import Iterable, Sequence

from gateway.mailbox.slices import LOOPED, breathe, slices
from gateway.mailbox.thread.forest import NOBODY, Growing


async def by_latest(trees: Growing, by_arrival: Sequence[int]) -> Iterable[int]:
    """The roots."""
    tops = array("i", (NOBODY,)) * trees.nodes
    found: dict[int, None] = {}
    for low, high in slices(len(by_arrival), LOOPED):
        for at in range(low, high):
            found.setdefault(_top(trees, tops, by_arrival[-1 - at]))
        await breathe()
    return reversed(found)


def _top(trees: Growing, tops: "array[int]", item: int) -> int:
    passed = []
    at = item
    while at < trees.size and tops[at] == NOBODY and trees.above(at) != NOBODY:
        passed.append(at)
        at = trees.above(at)
    top = at if at >= trees.size or tops[at] == NOBODY else tops[at]
    for node in passed:
        tops[node] = top
    return top
