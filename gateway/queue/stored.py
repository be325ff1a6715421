"""The queue from outside: what `gateway queue` reads and changes, on a running gateway and on a stopped one.

Every change is a short transaction under the write lock; a running owner notices it within about a second.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import orjson

from gateway.mail.message import Delivery, DeliveryId, Message
from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.mail.outcome import Outcome
from gateway.mail.units import Timestamp
from gateway.queue import jobs
from gateway.queue.codec import decode_message, decode_recipient, decode_result, summary
from gateway.queue.config import QueueConfig
from gateway.queue.ids import MAX_RECIPIENTS, message_of, number_of, queue_id
from gateway.queue.opening import shard_numbers, shard_path
from gateway.queue.protocol import QueueUnavailable
from gateway.queue.rows import STATES
from gateway.queue.schema import MIGRATIONS
from gateway.queue.shardfile import ShardFile
from gateway.storage.migration import version_of
from gateway.storage.octets import FileOctets

_CHUNK = 500
"""Rows per transaction: short enough not to hold up a running owner."""

_PAGE = 1000
"""Rows read at a time: while a reader is in the middle, the owner's log of changes can only grow."""

# Deliveries in the queue with their messages, of one message or of all.
_SELECT_OPEN = """SELECT d.id, d.state, d.hop, d.due, d.route, d.needs, d.who, d.attempts, d.told, d.reply, d.reason,
    d.mark, m.meta FROM delivery AS d CROSS JOIN message AS m ON m.id = d.id >> 16
    WHERE d.id BETWEEN ? AND ? ORDER BY d.id LIMIT ?"""

# The same from the history.
_SELECT_FINISHED = """SELECT id, at, state, meta, who, attempts, result FROM history
    WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?"""

_SELECT_ATTEMPTS = "SELECT at, result FROM attempt WHERE delivery = ? ORDER BY at"

_RETRY = """UPDATE delivery SET due = ?2 WHERE state < 2 AND turn IS NULL AND due > ?2
    AND id IN (SELECT value FROM json_each(?1))"""
_HOLD = """UPDATE delivery SET state = CASE state WHEN 2 THEN 2 ELSE 3 END, mark = CASE state WHEN 2 THEN 2 ELSE 0 END,
    turn = NULL, reason = ?2 WHERE state < 3 AND id IN (SELECT value FROM json_each(?1))"""
_RELEASE = """UPDATE delivery SET state = CASE state WHEN 2 THEN 2 ELSE attempts > 0 END, mark = 0, reason = '',
    due = ?2 WHERE (state = 3 OR state = 2 AND mark = 2) AND id IN (SELECT value FROM json_each(?1))"""
_MARK_DROPPED = "UPDATE delivery SET mark = 1 WHERE state = 2 AND id IN (SELECT value FROM json_each(?))"
_SELECT_DROPPABLE = "SELECT id FROM delivery WHERE state <> 2 AND id IN (SELECT value FROM json_each(?))"

_ALL = (0, 2**63 - 1)


OpenRow: TypeAlias = tuple[int, int, str, float, str, str, bytes, int, int, str, str, int, bytes]
FinishedRow: TypeAlias = tuple[int, float, int, bytes, bytes, int, bytes | None]


class WrongVersion(Exception):
    """The stored queue has another schema than this program; its message says what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One delivery, in the queue or in its history, with its message."""

    message: Message
    delivery: Delivery
    finished: Timestamp | None = None
    ordered: str = ""
    """What an operator ordered for it while it is leased: `drop` or `hold`."""

    @property
    def name(self) -> str:
        """What people call it: unique over all shards."""
        return f"{self.message.id}/{number_of(self.delivery.id)}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a delivery, as recorded then."""

    at: Timestamp
    outcome: Outcome
    hop_key: str
    route: str
    needs: tuple[str, ...]


class StoredShard:
    """One shard. Raises QueueUnavailable where the database cannot be read or written."""

    def __init__(self, data: Path, number: int) -> None:
        self.number = number
        self._file = ShardFile(shard_path(data, number), QueueConfig())
        with self._asking() as connection:
            version, known = version_of(connection), MIGRATIONS[-1].version
        if version != known:
            self.close()
            what = "newer than this program knows" if version > known else "older: run `gateway upgrade`"
            raise WrongVersion(f"{self._file.path}: the queue's schema has version {version}, {what}")

    def close(self) -> None:
        """Let go of the files."""
        self._file.close()

    def entries(self, key: int | None = None) -> Iterator[Entry]:
        """Deliveries in the queue, of one message or of all, oldest first."""
        first, last = _range(key)
        while first <= last:
            with self._asking() as connection:
                rows: list[OpenRow] = connection.execute(_SELECT_OPEN, (first, last, _PAGE)).fetchall()
            yield from map(self._open_entry, rows)
            first = rows[-1][0] + 1 if len(rows) == _PAGE else last + 1

    def finished(self, key: int | None = None) -> Iterator[Entry]:
        """Deliveries in the history, likewise."""
        first, last = _range(key)
        while first <= last:
            with self._asking() as connection:
                rows: list[FinishedRow] = connection.execute(_SELECT_FINISHED, (first, last, _PAGE)).fetchall()
            yield from map(self._finished_entry, rows)
            first = rows[-1][0] + 1 if len(rows) == _PAGE else last + 1

    def attempts(self, delivery: DeliveryId) -> Sequence[Attempt]:
        """The attempts of a delivery, the last one too where it finished it."""
        final = "SELECT at, result FROM history WHERE id = ? AND result IS NOT NULL"
        with self._asking() as connection:
            rows = connection.execute(_SELECT_ATTEMPTS, (delivery,)).fetchall()
            rows += connection.execute(final, (delivery,)).fetchall()
        return [Attempt(Timestamp(at), *decode_result(result)) for at, result in rows]

    def octets(self, key: int) -> OctetSource | None:
        """The octets of a message in the queue; None when it has left."""
        with self._asking():
            found = jobs.body(self._file, key)
        if found is None:
            return None
        file, body = found
        return MemoryOctets(body or b"") if file is None else FileOctets(self._file.body(file))

    def retry(self, deliveries: Sequence[DeliveryId], now: Timestamp) -> int:
        """Make them due at once. Returns how many that changed."""
        return self._update(_RETRY, deliveries, now)

    def hold(self, deliveries: Sequence[DeliveryId], reason: str) -> int:
        """Hold them, leased ones once their attempt has ended. Returns how many."""
        return self._update(_HOLD, deliveries, reason)

    def release(self, deliveries: Sequence[DeliveryId], now: Timestamp) -> int:
        """End their hold. Returns how many were held."""
        return self._update(_RELEASE, deliveries, now)

    def drop(self, deliveries: Sequence[DeliveryId], now: Timestamp) -> int:
        """Drop them without a report, leased ones once their attempt has ended undelivered. Returns how many."""

        def work(connection: sqlite3.Connection, identifiers: bytes) -> int:
            marked = connection.execute(_MARK_DROPPED, (identifiers,)).rowcount
            rows = connection.execute(_SELECT_DROPPABLE, (identifiers,)).fetchall()
            jobs.drop(self._file, [identifier for (identifier,) in rows], now)
            return marked + len(rows)

        return self._write(deliveries, work)

    def _update(self, statement: str, deliveries: Sequence[DeliveryId], value: str | float) -> int:
        return self._write(deliveries, lambda connection, ids: connection.execute(statement, (ids, value)).rowcount)

    def _write(self, deliveries: Sequence[DeliveryId], work: Callable[[sqlite3.Connection, bytes], int]) -> int:
        changed = 0
        for start in range(0, len(deliveries), _CHUNK):
            with self._asking(), self._file.transaction() as connection:
                changed += work(connection, orjson.dumps(deliveries[start : start + _CHUNK]))
        return changed

    @contextmanager
    def _asking(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._file.connection
        except (sqlite3.Error, OSError) as error:
            raise QueueUnavailable(f"{self._file.path}: {error}") from error

    def _open_entry(self, row: OpenRow) -> Entry:
        identifier, state, hop, due, route, needs, who, attempts, told, reply, reason, mark, meta = row
        recipient, copy, alias_of = decode_recipient(who)
        message = self._message(identifier, meta)
        delivery = Delivery(
            DeliveryId(identifier),
            recipient,
            hop,
            route,
            STATES[state],
            Timestamp(due),
            attempts,
            bool(told),
            reply,
            tuple(needs.split(",")) if needs else (),
            copy,
            reason or _wish(message, due, attempts),
            alias_of,
        )
        return Entry(message, delivery, ordered=("", "drop", "hold")[mark])

    def _finished_entry(self, row: FinishedRow) -> Entry:
        identifier, at, state, meta, who, attempts, result = row
        recipient, copy, alias_of = decode_recipient(who)
        delivery = Delivery(
            DeliveryId(identifier),
            recipient,
            "",
            "",
            STATES[state],
            Timestamp(at),
            attempts,
            copy=copy,
            alias_of=alias_of,
        )
        if result is not None:
            outcome, hop, route, needs = decode_result(result)
            delivery = replace(delivery, hop_key=hop, route=route, needs=needs, last_reply=summary(outcome))
        return Entry(self._message(identifier, meta), delivery, finished=Timestamp(at))

    def _message(self, delivery: int, meta: bytes) -> Message:
        return decode_message(queue_id(message_of(DeliveryId(delivery)), self.number), meta)


def _wish(message: Message, due: float, attempts: int) -> str:
    """Why a delivery that nobody has tried waits for its time."""
    asked = message.options.hold is not None and due == message.options.release(message.received)
    return "its sender asked to have it sent at this time, not before (FUTURERELEASE)" if asked and not attempts else ""


def _range(key: int | None) -> tuple[int, int]:
    return _ALL if key is None else (key << 16, key << 16 | MAX_RECIPIENTS)


@contextmanager
def stored_shards(data: Path) -> Iterator[list[StoredShard]]:
    """All shards of a data directory, closed at the end. Raises WrongVersion, QueueUnavailable."""
    with ExitStack() as stack:
        shards = []
        for number in shard_numbers(data):
            shards.append(StoredShard(data, number))
            stack.callback(shards[-1].close)
        yield shards
