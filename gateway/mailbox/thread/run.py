"""Makes threads of what a search has found. Those of a whole mailbox are kept, and go on as messages arrive."""

import asyncio
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from typing_extensions import override

from gateway.mailbox import holes, spans
from gateway.mailbox.column import Column
from gateway.mailbox.holes import Holes
from gateway.mailbox.search.run import Result
from gateway.mailbox.search.scope import Scope
from gateway.mailbox.sort.slicing import in_order
from gateway.mailbox.spans import Span
from gateway.mailbox.thread import material
from gateway.mailbox.thread.forest import Forest, planted, roots_by
from gateway.mailbox.thread.latest import by_latest
from gateway.mailbox.thread.linking import Linking
from gateway.mailbox.thread.material import Material
from gateway.mailbox.thread.merging import Merging
from gateway.mailbox.thread.ordered_subject import ordered_subject

NAME: Final = "threads"


class Algorithm(Enum):
    """How threads are found."""

    ORDERED_SUBJECT = "ORDEREDSUBJECT"
    REFERENCES = "REFERENCES"
    REFS = "REFS"
    """draft-ietf-morg-inthread: as REFERENCES, but without subjects; what has the latest message comes last."""


@dataclass(frozen=True, slots=True)
class _Made:
    forest: Forest
    stop: int
    dead: Holes


class _Kept(Column):
    """Of all living messages of a view."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.made: dict[Algorithm, _Made] = {}
        self._forget()

    def _forget(self) -> None:
        self.linking = Linking()
        self.linked = 0
        self.dead = holes.NONE

    @override
    def __len__(self) -> int:
        return self.linked

    @override
    def keep(self, spans: Sequence[Span]) -> None:
        self.made.clear()
        self._forget()

    @property
    @override
    def weight(self) -> int:
        return self.linking.weight + sum(8 * len(made.forest) for made in self.made.values())

    async def linked_to(self, stop: int, dead: Holes, found: Material) -> Linking:
        """All living messages before a position; anew where one that was linked is dead now."""
        if stop < self.linked or dead.before(self.linked) != self.dead.before(self.linked):
            self._forget()
        start, self.linked, self.dead = self.linked, stop, dead
        await self.linking.link(found.links, list(spans.positions(dead.without(((start, stop),)))))
        return self.linking


async def threads(scope: Scope, result: Result, algorithm: Algorithm) -> Forest:
    """The threads of what was found, in order; positions, inside `pinned`. Raises StoreUnavailable."""
    if result.mask == scope.living():
        return await _of_all(scope, algorithm)
    positions = await result.positions()
    found = await material.of_positions(scope, positions)
    forest = await _grown(range(len(positions)), found, algorithm, None)
    where = [*positions, -1]
    return Forest(array("i", map(where.__getitem__, forest.positions)), forest.depths)


async def _of_all(scope: Scope, algorithm: Algorithm) -> Forest:
    stop, dead = scope.stop, scope.view.dead
    kept = scope.view.columns.setdefault(NAME, _Kept())
    assert isinstance(kept, _Kept)  # noqa: S101 (nobody else has this name)
    async with kept.lock:
        made = kept.made.get(algorithm)
        if made is not None and made.stop == stop and made.dead is dead:
            return made.forest
        found = await material.of_view(scope)
        linking = None if algorithm is Algorithm.ORDERED_SUBJECT else await kept.linked_to(stop, dead, found)
        positions = list(spans.positions(dead.without(((0, stop),))))
        forest = await _grown(positions, found, algorithm, linking)
        kept.made[algorithm] = _Made(forest, stop, dead)
        return forest


async def _grown(items: Sequence[int], found: Material, algorithm: Algorithm, linking: Linking | None) -> Forest:
    if algorithm is Algorithm.ORDERED_SUBJECT:
        return await ordered_subject(items, found)
    if linking is None:
        linking = Linking()
        await linking.link(found.links, items)
    trees = await linking.trees(items[-1] + 1 if items else 0)
    by_date = await in_order(items, found.sent)
    if algorithm is Algorithm.REFS:
        return await planted(trees, by_date, await by_latest(trees, await in_order(items, found.arrived)))
    await Merging(trees, await roots_by(trees, by_date), found.subject, found.answers).merge()
    return await planted(trees, by_date, list(await roots_by(trees, by_date)))
