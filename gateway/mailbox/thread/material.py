"""What threads are made from. An *item* is a position of the view, or, where few messages were found, one of those."""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.mailbox.search.scope import Scope
from gateway.mailbox.slices import LOOPED, breathe, slices
from gateway.mailbox.sort.criteria import By, Key
from gateway.mailbox.sort.key_column import column_of, key_column, texts_of
from gateway.mailbox.sort.order import order_of, sorted_by
from gateway.mailbox.thread.link_column import NAME, LinkColumn, link_column, links_of
from gateway.mailbox.thread.merging import NO_SUBJECT

SHARE: Final = 8
"""Where fewer than one of so many messages were found, the others are not asked for."""
Number = Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Material:
    """Of some items."""

    links: LinkColumn
    sent: Number
    """Ranks by the date of sending, and what is equal by UID."""
    arrived: Number
    """Likewise, by the date of arrival."""
    subject: Number
    """A number for each base subject."""

    def answers(self, item: int) -> bool:
        """Whether its subject says so."""
        return bool(self.links.answers[item])


async def of_view(scope: Scope) -> Material:
    """Items are positions. Raises StoreUnavailable."""
    links = await link_column(scope.mail, scope.view)
    sent = await _ranks(await order_of(scope, (By(Key.DATE),)))
    arrived = await _ranks(await order_of(scope, (By(Key.ARRIVAL),)))
    subjects = await key_column(scope.mail, scope.view, Key.SUBJECT)
    nothing = subjects.code("")
    codes = subjects.codes
    return Material(links, sent, arrived, lambda item: NO_SUBJECT if codes[item] == nothing else codes[item])


async def of_positions(scope: Scope, positions: Sequence[int]) -> Material:
    """Items are indexes of the positions. Raises StoreUnavailable."""
    links = await _links(scope, positions)
    sent = await _ranks_among(scope, positions, Key.DATE)
    arrived = await _ranks_among(scope, positions, Key.ARRIVAL)
    numbers = await _subjects(scope, positions)
    return Material(links, sent, arrived, numbers.__getitem__)


async def _links(scope: Scope, positions: Sequence[int]) -> LinkColumn:
    column = scope.view.columns.get(NAME)
    if not isinstance(column, LinkColumn) and len(positions) * SHARE < len(scope.view):
        return await links_of(scope.mail, scope.emails(list(positions)))
    column = await link_column(scope.mail, scope.view)
    return await column.part(positions)


async def _ranks(order: "array[int]") -> Number:
    ranks = array("I", bytes(4 * len(order)))
    for low, high in slices(len(order), LOOPED):
        for rank in range(low, high):
            ranks[order[rank]] = rank
        await breathe()
    return ranks.__getitem__


async def _ranks_among(scope: Scope, positions: Sequence[int], key: Key) -> Number:
    if len(positions) * SHARE < len(scope.view):
        ordered = await sorted_by(scope, (By(key),), positions)
        return _of_items(positions, ordered)
    whole = await _ranks(await order_of(scope, (By(key),)))
    return lambda item: whole(positions[item])


def _of_items(positions: Sequence[int], ordered: Sequence[int]) -> Number:
    ranks = {at: rank for rank, at in enumerate(ordered)}
    return lambda item: ranks[positions[item]]


async def _subjects(scope: Scope, positions: Sequence[int]) -> list[int]:
    if column_of(scope.view, Key.SUBJECT) is None and len(positions) * SHARE < len(scope.view):
        numbers: dict[str, int] = {"": NO_SUBJECT}
        texts = await texts_of(scope.mail, Key.SUBJECT, scope.emails(list(positions)))
        return [numbers.setdefault(text, len(numbers)) for text in texts]
    column = await key_column(scope.mail, scope.view, Key.SUBJECT)
    nothing = column.code("")
    return [NO_SUBJECT if column.codes[at] == nothing else column.codes[at] for at in positions]
