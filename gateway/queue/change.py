"""The two operations that every message goes through, enqueue and settle, merged over a batch.

A batch of them costs about ten statements, however many messages it has.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from gateway.mail.message import State
from gateway.mail.units import Timestamp
from gateway.queue import statements
from gateway.queue.codec import encode_result, summary
from gateway.queue.protocol import Settlement
from gateway.queue.rows import DELIVERED, DROPPED, FAILED, NUMBERS, DeliveryRow, FinalRow, Mark, MessageRow
from gateway.queue.shardfile import ShardFile

ORDERED = "held by an operator"
"""The reason of a hold that an operator ordered without giving one."""


@dataclass(slots=True)
class Addition:
    """Messages to be inserted with their deliveries. `ready` ones get a turn within the transaction."""

    messages: list[MessageRow] = field(default_factory=list)
    deliveries: list[DeliveryRow] = field(default_factory=list)
    ready: list[DeliveryRow] = field(default_factory=list)


class _Leased(NamedTuple):
    """What a settlement must know of its row."""

    mark: int
    attempts: int
    reason: str


class Waiting(NamedTuple):
    """A settlement that left its delivery in the queue."""

    state: State
    hop_key: str
    due: Timestamp


@dataclass(slots=True)
class Change:
    """What one call of `enqueue` or `settle` wants."""

    addition: Addition
    settlements: Sequence[Settlement] = ()
    finals: Sequence[FinalRow] = ()
    """Rows made of the settlements that say DELIVERED: nothing can overrule those."""
    waiting: list[Waiting] = field(default_factory=list)
    """Filled in by the transaction, for the index."""
    reported: bool = True
    """Filled in by the transaction: the reports were owed, and were enqueued."""


def delivered_row(settlement: Settlement) -> FinalRow:
    """The history's row of a delivery that arrived."""
    return (settlement.delivery, settlement.at, DELIVERED, settlement.counts, encode_result(settlement))


def apply(shard: ShardFile, changes: Sequence[Change]) -> None:
    """Write all changes. Part of a transaction. Raises sqlite3.Error."""
    additions = [change.addition for change in changes if not change.settlements]
    finals: list[FinalRow] = []
    for change in changes:
        if change.settlements:
            finals += change.finals
            if len(change.finals) < len(change.settlements):
                change.reported = _settle_unfinished(shard, change, finals)
            if change.reported:
                additions.append(change.addition)
    _finish(shard, finals)
    _insert(shard, additions)


def _insert(shard: ShardFile, additions: Sequence[Addition]) -> None:
    messages = [row for addition in additions for row in addition.messages]
    if not messages:
        return
    deliveries = [row for addition in additions for row in addition.deliveries]
    for addition in additions:
        if addition.ready:
            deliveries += _with_turns(shard, addition.ready)
    statements.run_bulk(shard.connection, statements.INSERT_MESSAGE, messages)
    statements.run_bulk(shard.connection, statements.INSERT_DELIVERY, deliveries)


def _with_turns(shard: ShardFile, rows: Sequence[DeliveryRow]) -> list[DeliveryRow]:
    sizes: dict[tuple[int, str], int] = {}
    for row in rows:
        key = (row.id >> 16, row.hop)
        sizes[key] = sizes.get(key, 0) + 1
    flows = {(row.id >> 16, row.hop): row.flow for row in rows}
    turns = {key: shard.turns.take(key[1], flows[key], size) for key, size in sizes.items()}
    return [row._replace(turn=turns[row.id >> 16, row.hop]) for row in rows]


def _finish(shard: ShardFile, finals: list[FinalRow]) -> None:
    if finals:
        statements.run_bulk(shard.connection, statements.INSERT_HISTORY, finals)
        shard.remove([row[0] for row in finals])


def _settle_unfinished(shard: ShardFile, change: Change, finals: list[FinalRow]) -> bool:
    """Update what goes on; add to `finals` what is over after all: failed, or dropped by an operator.

    Returns whether any outcome stands, so that reports about it are owed.
    """
    change.waiting.clear()
    open_ones = [each for each in change.settlements if each.state is not State.DELIVERED]
    identifiers = orjson.dumps([each.delivery for each in open_ones])
    rows = shard.connection.execute(statements.SELECT_MARKS, (identifiers,)).fetchall()
    found = {row[0]: _Leased(*row[1:]) for row in rows}
    stands = bool(change.finals)
    for each in open_ones:
        row = found.get(each.delivery)
        if row is None:
            continue
        if row.mark == Mark.DROP:
            finals.append((each.delivery, each.at, DROPPED, each.counts, encode_result(each)))
            continue
        stands = True
        if each.state is State.FAILED:
            finals.append((each.delivery, each.at, FAILED, each.counts, encode_result(each)))
        else:
            change.waiting.append(_update(shard, each, row))
    return stands


def _update(shard: ShardFile, each: Settlement, row: _Leased) -> Waiting:
    text = summary(each.outcome)
    state, reason = each.state, ""
    if row.mark == Mark.HOLD:
        state, reason = State.HELD, row.reason or ORDERED
    elif state is State.HELD:
        reason = text or "held"
    elif state is State.QUEUED and row.attempts:
        state = State.DEFERRED
    shard.connection.execute(
        statements.UPDATE_ATTEMPTED,
        (
            NUMBERS[state],
            each.hop_key,
            each.due,
            each.route,
            ",".join(each.needs),
            each.counts,
            each.delay_told,
            text,
            reason,
            each.delivery,
        ),
    )
    if each.counts:
        shard.connection.execute(statements.INSERT_ATTEMPT, (each.delivery, each.at, encode_result(each)))
    return Waiting(state, each.hop_key, each.due)
