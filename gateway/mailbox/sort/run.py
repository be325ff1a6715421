"""Sorts what a search has found."""

from array import array
from collections.abc import Sequence
from itertools import compress
from typing import Final, TypeGuard

from gateway.mailbox import masks
from gateway.mailbox.search.run import Result
from gateway.mailbox.search.scope import Scope
from gateway.mailbox.slices import COMPARED, breathe, slices
from gateway.mailbox.sort.criteria import By, Criterion
from gateway.mailbox.sort.order import order_of, sorted_by

SHARE: Final = 16
"""Where fewer than one of so many messages were found, the others are not sorted."""


async def sort(scope: Scope, result: Result, criteria: Sequence[Criterion], limit: int | None = None) -> Sequence[int]:
    """Positions of what was found, in order; only the first `limit`. Raises StoreUnavailable."""
    if not criteria:
        return (await result.positions())[:limit]
    if _lasting(criteria) and len(result) * SHARE >= len(result.view):
        order = await order_of(scope, tuple(criteria))
        return await _found(order, result, limit)
    return (await sorted_by(scope, criteria, await result.positions()))[:limit]


def _lasting(criteria: Sequence[Criterion]) -> TypeGuard[Sequence[By]]:
    return all(isinstance(criterion, By) for criterion in criteria)


async def _found(order: "array[int]", result: Result, limit: int | None) -> Sequence[int]:
    octets = masks.to_octets(result.mask, len(order))
    found = array("I")
    for low, high in slices(len(order), COMPARED):
        some = order[low:high]
        found.extend(compress(some, map(octets.__getitem__, some)))
        if limit is not None and len(found) >= limit:
            return found[:limit]
        await breathe()
    return found
