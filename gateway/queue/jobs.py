"""What the writer's thread does for a shard besides enqueueing and settling. All of it is part of a transaction."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import orjson

from gateway.mail.message import State
from gateway.mail.units import Timestamp
from gateway.queue import statements
from gateway.queue.index import Census
from gateway.queue.rows import DROPPED, STATES, ClaimRow, FinalRow, Mark, MessageRow
from gateway.queue.shardfile import ShardFile

_PROMOTE_AT_LEAST = 500
_SWEEP_STEP = 1000


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """Leased rows in the order of their turns, the rows of their messages, and when the hop is due next."""

    rows: Sequence[ClaimRow]
    messages: Sequence[MessageRow]
    next_due: Timestamp | None


def claim(shard: ShardFile, hop: str, now: Timestamp, limit: int) -> ClaimResult:
    """Give turns to what has become due, then lease the rows whose turn is next."""
    _promote(shard, hop, now, max(_PROMOTE_AT_LEAST, 4 * limit))
    connection = shard.connection
    rows = [ClaimRow(*row) for row in connection.execute(statements.SELECT_READY, (hop, limit)).fetchall()]
    messages: list[MessageRow] = []
    if rows:
        shard.turns.served(hop, rows[-1].turn)
        connection.execute(statements.LEASE, (orjson.dumps([row.id for row in rows]),))
        keys = orjson.dumps(list({row.id >> 16 for row in rows}))
        messages = connection.execute(statements.SELECT_MESSAGES, (keys,)).fetchall()
    return ClaimResult(rows, messages, _next_due(shard, hop))


def _promote(shard: ShardFile, hop: str, now: Timestamp, limit: int) -> None:
    due: list[tuple[int, int]] = shard.connection.execute(statements.SELECT_DUE, (hop, now, limit)).fetchall()
    turns: dict[int, int] = {}
    for identifier, flow in due:
        key = identifier >> 16
        if key not in turns:
            turns[key] = shard.turns.take(hop, flow, 1)
    shard.connection.executemany(
        statements.UPDATE_TURN, [(turns[identifier >> 16], identifier) for identifier, _ in due]
    )


def _next_due(shard: ShardFile, hop: str) -> Timestamp | None:
    ready: tuple[float] | None = shard.connection.execute(statements.SELECT_NEXT_READY, (hop,)).fetchone()
    waiting: tuple[float | None] = shard.connection.execute(statements.SELECT_NEXT_WAITING, (hop,)).fetchone()
    times = [each[0] for each in (ready, waiting) if each is not None and each[0] is not None]
    return Timestamp(min(times)) if times else None


def release(shard: ShardFile, deliveries: Collection[int], now: Timestamp) -> Census:
    """End leases whose attempts did not settle: due at once, or as an operator ordered."""
    _end_leases(shard, deliveries, now)
    return census(shard)


def give_back(shard: ShardFile, deliveries: Collection[int]) -> None:
    """End leases whose attempts were never begun or broken off: their owner goes. Drops are left to the next owner."""
    shard.connection.execute(statements.RELEASE, (orjson.dumps(list(deliveries)),))


def recover(shard: ShardFile, now: Timestamp) -> int:
    """End every lease in the shard: their owner is dead. Returns how many there were."""
    leased: list[tuple[int, int]] = shard.connection.execute(statements.SELECT_LEASED).fetchall()
    _end_leases(shard, [identifier for identifier, _ in leased], now)
    return len(leased)


def _end_leases(shard: ShardFile, deliveries: Iterable[int], now: Timestamp) -> None:
    identifiers = orjson.dumps(list(deliveries))
    connection = shard.connection
    marked: list[tuple[int, int, int, str]] = connection.execute(statements.SELECT_MARKS, (identifiers,)).fetchall()
    drop(shard, [identifier for identifier, mark, _, _ in marked if mark == Mark.DROP], now)
    connection.execute(statements.RELEASE, (identifiers,))


def drop(shard: ShardFile, deliveries: Sequence[int], now: Timestamp) -> None:
    """Move deliveries to the history as an operator ordered, without an outcome."""
    if deliveries:
        rows: list[FinalRow] = [(identifier, now, DROPPED, 0, None) for identifier in deliveries]
        statements.run_bulk(shard.connection, statements.INSERT_HISTORY, rows)
        shard.remove(list(deliveries))


def census(shard: ShardFile) -> Census:
    """Count the index from the rows."""
    due: dict[str, Timestamp] = {}
    counts = {State.QUEUED: 0, State.DEFERRED: 0}
    for query in (statements.CENSUS_READY, statements.CENSUS_WAITING):
        rows: list[tuple[str, float, int, int]] = shard.connection.execute(query).fetchall()
        for hop, earliest, queued, deferred in rows:
            due[hop] = Timestamp(min(earliest, due.get(hop, earliest)))
            counts[State.QUEUED] += queued
            counts[State.DEFERRED] += deferred
    held: tuple[int] = shard.connection.execute(statements.CENSUS_HELD).fetchone()
    return Census(due, {**counts, State.HELD: held[0]})


def probe(shard: ShardFile) -> None:
    """Change something, so that the commit is a real one."""
    shard.connection.execute(statements.PROBE)


def sweep_history(shard: ShardFile, before: Timestamp, keep: int) -> int:
    """Forget one step's worth of history that is too old or too much. Returns how many rows went."""
    connection = shard.connection
    over = connection.execute(statements.SELECT_HISTORY_OVER, (before, _SWEEP_STEP)).fetchall()
    if not over:
        count: tuple[int] = connection.execute(statements.COUNT_HISTORY).fetchone()
        excess = min(count[0] - keep, _SWEEP_STEP)
        over = connection.execute(statements.SELECT_HISTORY_EXCESS, (excess,)).fetchall() if excess > 0 else []
    if over:
        identifiers = orjson.dumps([identifier for (identifier,) in over])
        connection.execute(statements.DELETE_HISTORY, (identifiers,))
        connection.execute(statements.DELETE_ATTEMPTS, (identifiers,))
    return len(over)


def data_version(shard: ShardFile) -> int:
    """Another number where another process has committed."""
    version: tuple[int] = shard.connection.execute(statements.DATA_VERSION).fetchone()
    return version[0]


def oldest(shard: ShardFile, now: Timestamp) -> dict[State, int]:
    """The key of the oldest message with a delivery in each state but leased; what is held for its sender does not
    count. Costs some 0.2 µs a row."""
    rows: list[tuple[int, int]] = shard.connection.execute(statements.SELECT_OLDEST, (now,)).fetchall()
    return {STATES[state]: delivery >> 16 for state, delivery in rows}


def body(shard: ShardFile, key: int) -> tuple[str | None, bytes | None] | None:
    """The file or the octets of a message."""
    row: tuple[str | None, bytes | None] | None = shard.connection.execute(statements.SELECT_BODY, (key,)).fetchone()
    return row


def files(shard: ShardFile) -> frozenset[str]:
    """The names of all bodies that messages name."""
    return frozenset(name for (name,) in shard.connection.execute(statements.SELECT_FILES).fetchall())


def last_key(shard: ShardFile) -> int:
    """The largest message key that is known to have been given out."""
    row: tuple[int] = shard.connection.execute(statements.SELECT_LAST_KEY).fetchone()
    return row[0]
