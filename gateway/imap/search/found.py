"""What a search has found, as the numbers that a client knows."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, compress
from typing import Protocol

from gateway.mailbox import masks
from gateway.mailbox.holes import Holes
from gateway.mailbox.search.run import Result
from gateway.mailbox.search.scope import Scope
from gateway.mailbox.session_view import SessionView
from gateway.mailbox.slices import COMPARED, breathe, picked, slices


@dataclass(frozen=True, slots=True)
class Found:
    """In the order that was asked for. To be used inside `view.pinned`."""

    view: SessionView
    scope: Scope
    result: Result
    order: Sequence[int] | None = None
    """Positions; None: the order of the mailbox."""

    def __len__(self) -> int:
        return len(self.result)

    async def uids(self) -> "array[int]":
        """`I`."""
        return await self._chosen(self.scope.view.uids)

    async def numbers(self) -> "array[int]":
        """`I`, message numbers."""
        return await self._chosen(await numbering(self.view))

    async def positions(self) -> Sequence[int]:
        """In the view."""
        return await self.result.positions() if self.order is None else self.order

    async def highest_modseq(self) -> int:
        """Of all of them; there is one at least."""
        return max(await masks.chosen(self.scope.view.modseqs, self.result.mask, self.result.stop))

    async def relevancy(self) -> "array[int]":
        """`I`, 1 to 100 (RFC 6203 4). What the index does not rank has 1."""
        ranks, emails = self.scope.ranks, self.scope.view.emails
        found = array("I")
        positions = await self.positions()
        for low, high in slices(len(positions), COMPARED // 8):
            some = (ranks.get(emails[at], 0.0) for at in positions[low:high])
            found.extend(max(1, min(100, round(100 * rank))) for rank in some)
            await breathe()
        return found

    async def _chosen(self, values: Sequence[int]) -> "array[int]":
        if self.order is not None:
            return await picked(array("I"), values.__getitem__, self.order)
        octets = masks.to_octets(self.result.mask, self.result.stop)
        found = array("I")
        for low, high in slices(self.result.stop, COMPARED):
            found.extend(compress(values[low:high], octets[low:high]))
            await breathe()
        return found


class Counting(Protocol):
    """What message numbers depend on: a `SessionView`."""

    @property
    def upto(self) -> int:
        """Positions from here on have none."""
        ...

    @property
    def uncounted(self) -> Holes:
        """Nor do these."""
        ...


async def numbering(view: Counting) -> Sequence[int]:
    """The message number of each position that the session counts; what it does not count has any."""
    stop = view.upto
    if not view.uncounted.total:
        return range(1, stop + 1)
    counted = masks.to_octets(masks.of_spans(view.uncounted.without(((0, stop),)), stop), stop)
    found = array("I")
    last = 0
    for low, high in slices(stop, COMPARED):
        found.extend(accumulate(counted[low:high], initial=last))
        last = found[-1]
        if high < stop:
            found.pop()
        await breathe()
    return found[1:]
