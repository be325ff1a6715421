"""What threads are made from. An *item* is a position of the view, or, where few messages were found, one of those.

Each of these is asked for only where an algorithm needs it. All of them raise StoreUnavailable.
"""

from array import array
from collections import defaultdict
from collections.abc import Sequence
from itertools import compress, count
from typing import Final, Protocol

from typing_extensions import override

from gateway.mailbox import masks
from gateway.mailbox.masks import Mask
from gateway.mailbox.search.scope import Scope
from gateway.mailbox.slices import COMPARED, LOOPED, breathe, picked, slices
from gateway.mailbox.sort.criteria import By, Key
from gateway.mailbox.sort.key_column import KeyColumn, column_of, key_column, texts_of
from gateway.mailbox.sort.order import order_of, sorted_by
from gateway.mailbox.thread.link_column import NAME, LinkColumn, link_column, links_of
from gateway.mailbox.thread.merging import NO_SUBJECT

SHARE: Final = 8
"""Where fewer than one of so many messages were found, the others are not asked for."""


class Material(Protocol):
    """Of some items."""

    async def links(self) -> LinkColumn:
        """By item."""
        ...

    async def by(self, key: Key) -> "array[int]":
        """All items in the order of a date, and what is equal by UID."""
        ...

    async def subjects(self) -> "array[int]":
        """By item: a number for each base subject."""
        ...


class OfView(Material):
    """Items are positions of living messages."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    @override
    async def links(self) -> LinkColumn:
        return await link_column(self._scope.mail, self._scope.view)

    @override
    async def by(self, key: Key) -> "array[int]":
        return await _within(self._scope.living(), await order_of(self._scope, (By(key),)))

    @override
    async def subjects(self) -> "array[int]":
        column = await key_column(self._scope.mail, self._scope.view, Key.SUBJECT)
        return await _numbers(column, column.codes)


class OfSome(Material):
    """Items are indexes of ascending positions."""

    def __init__(self, scope: Scope, positions: Sequence[int]) -> None:
        self._scope = scope
        self._positions = positions
        self._few = len(positions) * SHARE < len(scope.view)

    @override
    async def links(self) -> LinkColumn:
        scope = self._scope
        if self._few and not isinstance(scope.view.columns.get(NAME), LinkColumn):
            return await links_of(scope.mail, scope.emails(list(self._positions)))
        return await (await link_column(scope.mail, scope.view)).part(self._positions)

    @override
    async def by(self, key: Key) -> "array[int]":
        if self._few:
            ordered = await sorted_by(self._scope, (By(key),), self._positions)
        else:
            mask = masks.of_positions(self._positions, self._scope.stop)
            ordered = await _within(mask, await order_of(self._scope, (By(key),)))
        items: dict[int, int] = {}
        for low, high in slices(len(self._positions), LOOPED):
            items.update(zip(self._positions[low:high], range(low, high), strict=True))
            await breathe()
        return await picked(array("I"), items.__getitem__, ordered)

    @override
    async def subjects(self) -> "array[int]":
        scope = self._scope
        if self._few and column_of(scope.view, Key.SUBJECT) is None:
            numbers: dict[str, int] = defaultdict(count().__next__, {"": NO_SUBJECT})
            texts = await texts_of(scope.mail, Key.SUBJECT, scope.emails(list(self._positions)))
            return array("i", map(numbers.__getitem__, texts))
        column = await key_column(scope.mail, scope.view, Key.SUBJECT)
        return await _numbers(column, await picked(array("I"), column.codes.__getitem__, self._positions))


async def _within(mask: Mask, order: "array[int]") -> "array[int]":
    octets = masks.to_octets(mask, len(order))
    found = array("I")
    for low, high in slices(len(order), COMPARED):
        some = order[low:high]
        found.extend(compress(some, map(octets.__getitem__, some)))
        await breathe()
    return found


async def _numbers(column: KeyColumn, codes: Sequence[int]) -> "array[int]":
    nothing = column.code("")
    table = array("i", range(len(column.texts)))
    if nothing is not None:
        table[nothing] = NO_SUBJECT
    return await picked(array("i"), table.__getitem__, codes)
