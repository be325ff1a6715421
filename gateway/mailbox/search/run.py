"""Carries out a search, and says what it did."""

import asyncio
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.mail.units import Seconds
from gateway.mailbox import masks
from gateway.mailbox.masks import Mask
from gateway.mailbox.search.errors import SearchTookTooLong
from gateway.mailbox.search.query import Query, carry_out
from gateway.mailbox.search.scope import Scope, Step
from gateway.mailbox.spans import Span
from gateway.mailbox.view import View


@dataclass(frozen=True, slots=True)
class Result:
    """What was found: positions, which mean the same as long as the view is pinned."""

    view: View
    mask: Mask
    stop: int
    steps: tuple[Step, ...]
    ranks: dict[int, float]
    """How well messages match, by EmailId, where the index says so."""

    def __len__(self) -> int:
        return masks.count(self.mask)

    def spans(self) -> Iterator[Span]:
        """Runs of positions, ascending."""
        return masks.spans_of(self.mask, self.stop)

    async def positions(self) -> list[int]:
        """Ascending."""
        return await masks.positions(self.mask, self.stop)

    async def uids(self) -> "array[int]":
        """Ascending."""
        return await masks.chosen(self.view.uids, self.mask, self.stop)


async def search(scope: Scope, query: Query, limit: Seconds) -> Result:
    """Find what matches. To be called inside `view.pinned`, for as long as positions are used.

    Raises SearchTookTooLong, StoreUnavailable.
    """
    try:
        async with asyncio.timeout(limit):
            found = await carry_out(query, scope, scope.living())
    except TimeoutError as error:
        raise SearchTookTooLong(f"the search took more than {limit:g} s: {explained(scope.steps)}") from error
    return Result(scope.view, found, scope.stop, tuple(scope.steps), scope.ranks)


def explained(steps: Sequence[Step]) -> str:
    """For logs and people: what was asked in which order, and what was left after each."""
    return "; ".join(map(str, steps)) or "nothing was asked"
