"""The order of all messages of a view, kept for who sorts by the same again, and made longer as messages arrive."""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cmp_to_key
from typing import Final, TypeVar

from typing_extensions import override

from gateway.mailbox.column import Column
from gateway.mailbox.search.scope import Scope
from gateway.mailbox.slices import picked
from gateway.mailbox.sort.criteria import By, Criterion
from gateway.mailbox.sort.key_column import TEXTS, key_column
from gateway.mailbox.sort.slicing import in_order
from gateway.mailbox.sort.values import numbers, values
from gateway.mailbox.spans import Span

FEW: Final = 64
Comparison = Callable[[int, int], int]
V = TypeVar("V", float, str)


class Order(Column):
    """Positions in order."""

    def __init__(self) -> None:
        self.positions = array("I")

    @override
    def __len__(self) -> int:
        return len(self.positions)

    @override
    def keep(self, spans: Sequence[Span]) -> None:
        # It is made anew from the values faster than it is renumbered.
        self.positions = array("I")

    @property
    @override
    def weight(self) -> int:
        return 4 * len(self)


async def order_of(scope: Scope, criteria: tuple[By, ...]) -> "array[int]":
    """All positions of the view, also of expunged messages. Raises StoreUnavailable."""
    name = f"order {' '.join(f'{-1 if by.reverse else 1}{by.key.value}' for by in criteria)}"
    view = scope.view
    column = view.columns.get(name)
    known = column.positions if isinstance(column, Order) else array("I")
    missing = len(view) - len(known)
    if not missing:
        return known
    if missing > FEW or not known:
        made = await sorted_by(scope, criteria, range(len(view)))
    else:
        made = await _longer(scope, criteria, known[:])
    # Meanwhile another session may have made the same.
    order = Order()
    order.positions = made
    view.columns[name] = order
    return made


async def sorted_by(scope: Scope, criteria: Sequence[Criterion], positions: Sequence[int]) -> "array[int]":
    """Ascending positions, sorted. Raises StoreUnavailable."""
    items: Sequence[int] = range(len(positions))
    for criterion in reversed(criteria):
        found = await values(scope, criterion, positions)
        items = await in_order(items, found.__getitem__, reverse=criterion.reverse)
    if isinstance(positions, range) and isinstance(items, array):
        return items
    return await picked(array("I"), positions.__getitem__, items)


async def _longer(scope: Scope, criteria: Sequence[By], known: "array[int]") -> "array[int]":
    stop = len(scope.view)
    compared = [await _comparison(scope, by) for by in criteria]

    def compare(one: int, other: int) -> int:
        return next((found for found in (comparison(one, other) for comparison in compared) if found), 0)

    key = cmp_to_key(compare)
    for position in range(len(known), stop):
        known.insert(bisect_right(known, key(position), key=key), position)
    return known


async def _comparison(scope: Scope, by: By) -> Comparison:
    if by.key in TEXTS:
        return _comparing((await key_column(scope.mail, scope.view, by.key)).text, reverse=by.reverse)
    return _comparing(numbers(await scope.measures(), by.key).__getitem__, reverse=by.reverse)


def _comparing(value: Callable[[int], V], *, reverse: bool) -> Comparison:
    def compare(one: int, other: int) -> int:
        mine, others = value(one), value(other)
        if mine == others:
            return 0
        return 1 if (mine > others) is not reverse else -1

    return compare
