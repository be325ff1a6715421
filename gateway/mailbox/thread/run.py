"""Makes threads of what a search has found. Those of a whole mailbox are kept, and go on as messages arrive."""

import asyncio
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from typing_extensions import override

from gateway.mailbox import holes, masks
from gateway.mailbox.column import Column
from gateway.mailbox.holes import Holes
from gateway.mailbox.search.run import Result
from gateway.mailbox.search.scope import Scope
from gateway.mailbox.slices import picked
from gateway.mailbox.sort.criteria import Key
from gateway.mailbox.spans import Span
from gateway.mailbox.thread.forest import DUMMY, Forest, planted, roots_by
from gateway.mailbox.thread.latest import by_latest
from gateway.mailbox.thread.link_column import LinkColumn
from gateway.mailbox.thread.linking import Linking
from gateway.mailbox.thread.material import Material, OfSome, OfView
from gateway.mailbox.thread.merging import Merging
from gateway.mailbox.thread.ordered_subject import ordered_subject

NAME: Final = "threads"


class Algorithm(Enum):
    """How threads are found."""

    ORDERED_SUBJECT = "ORDEREDSUBJECT"
    REFERENCES = "REFERENCES"
    REFS = "REFS"
    """draft-ietf-morg-inthread 4: what of REFERENCES concerns References, In-Reply-To and Message-ID, without subjects;
    threads are in the order of the most recent INTERNALDATE of each, instead of step 4."""


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

    async def linked_to(self, stop: int, dead: Holes, links: LinkColumn) -> Linking:
        """All living messages before a position; anew where one that was linked is dead now."""
        if stop < self.linked or dead.before(self.linked) != self.dead.before(self.linked):
            self._forget()
        start, self.linked, self.dead = self.linked, stop, dead
        fresh = masks.of_spans(dead.without(((start, stop),)), stop)
        await self.linking.link(links, await masks.positions(fresh, stop))
        return self.linking


async def threads(scope: Scope, result: Result, algorithm: Algorithm) -> Forest:
    """The threads of what was found, in order; positions, inside `pinned`. Raises StoreUnavailable."""
    if result.mask == scope.living():
        return await _of_all(scope, algorithm)
    positions = await result.positions()
    found = OfSome(scope, positions)
    linking = Linking()
    if algorithm is not Algorithm.ORDERED_SUBJECT:
        await linking.link(await found.links(), range(len(positions)))
    forest = await _grown(len(positions), found, algorithm, linking)
    where = [*positions, DUMMY]
    return Forest(await picked(array("i"), where.__getitem__, forest.positions), forest.depths)


async def _of_all(scope: Scope, algorithm: Algorithm) -> Forest:
    stop, dead = scope.stop, scope.view.dead
    kept = scope.view.columns.setdefault(NAME, _Kept())
    if not isinstance(kept, _Kept):
        raise TypeError(f"the column {NAME} of a view is somebody else's")
    async with kept.lock:
        made = kept.made.get(algorithm)
        if made is not None and made.stop == stop and made.dead is dead:
            return made.forest
        found = OfView(scope)
        if algorithm is not Algorithm.ORDERED_SUBJECT:
            await kept.linked_to(stop, dead, await found.links())
        forest = await _grown(stop, found, algorithm, kept.linking)
        kept.made[algorithm] = _Made(forest, stop, dead)
        return forest


async def _grown(size: int, found: Material, algorithm: Algorithm, linking: Linking) -> Forest:
    """Of items below `size`, all of which are linked."""
    by_date = await found.by(Key.DATE)
    if algorithm is Algorithm.ORDERED_SUBJECT:
        return await ordered_subject(by_date, await found.subjects())
    trees = await linking.trees(size)
    if algorithm is Algorithm.REFS:
        return await planted(trees, by_date, await by_latest(trees, await found.by(Key.ARRIVAL)))
    subjects, answers = await found.subjects(), (await found.links()).answers
    await Merging(trees, await roots_by(trees, by_date), subjects, answers).merge()
    return await planted(trees, by_date, await roots_by(trees, by_date))
