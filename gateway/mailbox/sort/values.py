"""What messages of a view are compared by."""

from array import array
from collections.abc import Sequence
from typing import Final

from gateway.mailbox import masks
from gateway.mailbox.measures import MeasureColumn
from gateway.mailbox.search.query import carry_out
from gateway.mailbox.search.scope import Scope
from gateway.mailbox.slices import picked
from gateway.mailbox.sort.criteria import By, ByMatch, ByRelevance, Criterion, Key
from gateway.mailbox.sort.key_column import TEXTS, column_of, key_column, texts_of

Values = Sequence[float]
SHARE: Final = 8
"""Where fewer than one of so many messages are sorted, the others' texts are not asked for."""
AT_A_TIME: Final = 2_000


async def values(scope: Scope, criterion: Criterion, positions: Sequence[int]) -> Values:
    """One for each position, in order. Raises StoreUnavailable."""
    match criterion:
        case By(key) if key in TEXTS:
            return await _texts(scope, key, positions)
        case By(key):
            return await _chosen(numbers(await scope.measures(), key), positions)
        case ByMatch(query):
            mask = await carry_out(query, scope, masks.of_positions(positions, scope.stop))
            return await _chosen(masks.to_octets(mask, scope.stop), positions)
        case ByRelevance():
            return [-scope.ranks.get(scope.view.emails[at], 0.0) for at in positions]


def numbers(measures: MeasureColumn, key: Key) -> "array[int] | array[float]":
    """By position."""
    match key:
        case Key.ARRIVAL:
            return measures.received
        case Key.DATE:
            return measures.sent
        case Key.SAVED:
            return measures.saved
        case _:
            return measures.sizes


async def _chosen(all_of_them: "array[int] | array[float] | bytes", positions: Sequence[int]) -> Values:
    if isinstance(positions, range):
        return all_of_them
    return await picked(array("d"), all_of_them.__getitem__, positions)


async def _texts(scope: Scope, key: Key, positions: Sequence[int]) -> Values:
    column = column_of(scope.view, key)
    if column is None and len(positions) * SHARE < len(scope.view):
        found: list[str] = []
        for start in range(0, len(positions), AT_A_TIME):
            some = scope.emails(list(positions[start : start + AT_A_TIME]))
            found += await texts_of(scope.mail, key, some)
        rank = {text: number for number, text in enumerate(sorted(set(found)))}
        return [rank[text] for text in found]
    column = await key_column(scope.mail, scope.view, key)
    ranks = await column.ranks()
    return await _chosen(ranks, positions)
