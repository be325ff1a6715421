"""Threads, as trees."""

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.mailbox.slices import LOOPED, breathe
from gateway.mailbox.sort.slicing import in_order

DUMMY: Final = -1


@dataclass(frozen=True, slots=True)
class Forest:
    """All messages, each followed by its answers; as arrays, since 1,000,000 objects would be hundreds of megabytes."""

    positions: "array[int]"
    """In the view; DUMMY: a message that is not there, which holds its answers together. Only at depth 0."""
    depths: "array[int]"
    """0: begins a thread."""

    def __len__(self) -> int:
        return len(self.positions)


@dataclass(slots=True)
class Growing:
    """Trees while they are made. Messages are positions, dummies are negative numbers."""

    roots: list[int] = field(default_factory=list)
    children: dict[int, list[int]] = field(default_factory=dict)
    _dummies: int = 0

    def new_dummy(self) -> int:
        """A number for one more."""
        self._dummies += 1
        return -self._dummies

    def attach(self, parent: int, child: int) -> None:
        """Add to its children, at the end."""
        self.children.setdefault(parent, []).append(child)


async def sort_siblings(trees: Growing, rank: Callable[[int], int]) -> None:
    """All children, by the date of sending. What `rank` says of a message is said of no other."""
    done = 0
    for siblings in trees.children.values():
        if len(siblings) > 1:
            siblings.sort(key=rank)
        done += len(siblings)
        if done > LOOPED:
            done = 0
            await breathe()


async def sort_roots(trees: Growing, rank: Callable[[int], int]) -> None:
    """The threads, by their first message; of a dummy, by its first child. Children are sorted already."""
    first = {root: trees.children[root][0] for root in trees.roots if root < 0}
    trees.roots = await in_order(trees.roots, lambda root: rank(first[root] if root < 0 else root))


async def planted(trees: Growing) -> Forest:
    """The trees as they are, from the top."""
    forest = Forest(array("i"), array("i"))
    for start in range(0, len(trees.roots), LOOPED // 8):
        for root in trees.roots[start : start + LOOPED // 8]:
            if root in trees.children:
                _plant(root, trees.children, forest)
            else:
                forest.positions.append(root)
                forest.depths.append(0)
        await breathe()
    return forest


def _plant(root: int, children: Mapping[int, Sequence[int]], forest: Forest) -> None:
    waiting = [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        forest.positions.append(max(node, DUMMY))
        forest.depths.append(depth)
        waiting.extend((child, depth + 1) for child in reversed(children.get(node, ())))
