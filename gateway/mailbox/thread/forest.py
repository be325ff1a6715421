"""Threads, as trees.

All that is as long as the mailbox is in arrays of numbers: with a list for each message, Python's collection of garbage
alone would hold up the event loop for half a second at 1,000,000 messages.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.mailbox.slices import LOOPED, breathe, slices

DUMMY: Final = -1
NOBODY: Final = -1


@dataclass(frozen=True, slots=True)
class Forest:
    """All messages, each followed by its answers."""

    positions: "array[int]"
    """In the view; DUMMY: a message that is not there, which holds its answers together. Only at depth 0."""
    depths: "array[int]"
    """0: begins a thread."""

    def __len__(self) -> int:
        return len(self.positions)


@dataclass(slots=True)
class Growing:
    """Trees while they are made. Items are numbers below `size`, dummies are numbers from there on."""

    size: int
    parent: "array[int]" = field(init=False)
    """Of each item; NOBODY: it is a root."""
    moved: dict[int, int] = field(default_factory=dict)
    """Dummies whose children are another's now."""
    _dummies: int = 0

    def __post_init__(self) -> None:
        self.parent = array("i", (NOBODY,)) * self.size

    def new_dummy(self) -> int:
        """A number for one more."""
        self._dummies += 1
        return self.size + self._dummies - 1

    @property
    def nodes(self) -> int:
        """How many numbers there are."""
        return self.size + self._dummies

    def above(self, item: int) -> int:
        """The parent of an item, which may be a dummy; or NOBODY."""
        parent = self.parent[item]
        return self.moved.get(parent, parent) if parent >= self.size else parent


async def roots_by(trees: Growing, ordered: Sequence[int]) -> dict[int, int]:
    """The roots in the order in which their first message comes, each with that: itself, or of a dummy a child."""
    roots: dict[int, int] = {}
    for low, high in slices(len(ordered), LOOPED):
        for item in ordered[low:high]:
            above = trees.above(item)
            if above == NOBODY:
                roots[item] = item
            elif above >= trees.size:
                roots.setdefault(above, item)
        await breathe()
    return roots


async def planted(trees: Growing, by_date: Sequence[int], roots: Iterable[int]) -> Forest:
    """The roots in their order, from the top, siblings by date."""
    first = array("i", (NOBODY,)) * trees.nodes
    following = array("i", (NOBODY,)) * trees.size
    for low, high in slices(len(by_date), LOOPED):
        for at in range(low, high):
            item = by_date[-1 - at]
            above = trees.above(item)
            if above != NOBODY:
                following[item] = first[above]
                first[above] = item
        await breathe()
    forest = Forest(array("i"), array("i"))
    planted_until = 0
    for root in roots:
        begin = len(forest)
        _plant(root, first, following, forest)
        if root >= trees.size:
            forest.positions[begin] = DUMMY
        if len(forest) - planted_until > LOOPED:
            planted_until = len(forest)
            await breathe()
    return forest


def _plant(root: int, first: "array[int]", following: "array[int]", forest: Forest) -> None:
    waiting = [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        forest.positions.append(node)
        forest.depths.append(depth)
        if depth and following[node] != NOBODY:
            waiting.append((following[node], depth))
        if first[node] != NOBODY:
            waiting.append((first[node], depth + 1))
