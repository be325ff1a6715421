"""The embedded engine: one shard of the queue in a SQLite database, written by group commit (docs/queue.md)."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from typing_extensions import override

from gateway.mail.message import Delivery, DeliveryId, Message, QueueId, State
from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.mail.units import Seconds, Timestamp
from gateway.queue import jobs
from gateway.queue.admission import admit
from gateway.queue.change import Addition, Change, delivered_row
from gateway.queue.codec import decode_message, decode_recipient
from gateway.queue.ids import KeyMaker, message_key, moment, queue_id, shard_of
from gateway.queue.index import Census, Index
from gateway.queue.opening import Opening
from gateway.queue.protocol import Claimed, NewMail, Queue, QueueStats, QueueUnavailable, Ripe, Settlement
from gateway.queue.rows import STATES, ClaimRow
from gateway.queue.shardfile import ShardFile
from gateway.queue.writer import ChangeOperation, CommitObserver, JobOperation, Operation, Writer
from gateway.storage.octets import FileOctets
from gateway.storage.spool import FileSpool

T = TypeVar("T")

_OLDEST_PAUSE = Seconds(5)
"""Between looks for the oldest rows, at least."""
_ROWS_A_SECOND = 20_000
"""How many rows such a look may see for each second until the next one."""
_HISTORY_PAUSE = Seconds(60)
"""Between looks for old history, once a look has found none."""


@dataclass(slots=True)
class _Grant:
    """Leases that one call is to have."""

    until: Timestamp
    deliveries: list[DeliveryId] = field(default_factory=list)


class EmbeddedQueue(Queue):
    """One shard. Made by `gateway.queue.opening.open_shard`, used on the event loop it was made on."""

    def __init__(self, opening: Opening, observe: CommitObserver) -> None:
        self.number = opening.number
        self._shard = opening.shard
        self._config = opening.shard.config
        self._opening = opening
        self._closed = False
        self._recovered = opening.recovered
        self._spools = opening.spools
        self._keys = KeyMaker(opening.last_key)
        self._index = Index()
        self._index.load(opening.census)
        self._leases: dict[DeliveryId, Timestamp] = {}
        self._data_version: int | None = None
        self._oldest: dict[State, Timestamp] = {}
        self._oldest_due = Timestamp(0)
        self._stale = False
        """Something was settled that was not leased: counts may be off until the next census."""
        self._history_due = self._sweep_due = Timestamp(0)
        self._writer = Writer(opening.shard, observe)

    @override
    def new_id(self, now: Timestamp) -> QueueId:
        return queue_id(self._keys.next(now), self.number)

    @override
    def spool(self) -> FileSpool:
        return self._spools.new()

    @override
    async def enqueue(self, mail: NewMail, *, lease_for: Collection[str]) -> tuple[Delivery, ...]:
        addition = Addition()
        deliveries = self._admit(addition, mail, lease_for)
        if not deliveries:
            return ()

        now = mail.message.received
        grant = _Grant(Timestamp(now + self._config.lease))
        try:
            await self._change(Change(addition), lambda: self._admitted(mail, deliveries, grant))
        except asyncio.CancelledError:
            self._revoke(grant, now)
            raise
        return deliveries

    @override
    async def settle(self, settlements: Sequence[Settlement], reports: Sequence[NewMail] = ()) -> None:
        addition = Addition()
        admitted = [(report, self._admit(addition, report, ())) for report in reports]
        finals = [delivered_row(each) for each in settlements if each.state is State.DELIVERED]
        change = Change(addition, settlements, finals)

        def committed() -> None:
            for each in settlements:
                if self._leases.pop(each.delivery, None) is None:
                    self._stale = True
            for wait in change.waiting:
                self._index.count(wait.state, 1)
                if wait.state is not State.HELD:
                    self._index.lower(wait.hop_key, wait.due)
            if change.reported:
                for report, deliveries in admitted:
                    self._admitted(report, deliveries, _Grant(report.message.received))

        await self._change(change, committed, self._writer.submit_patiently)

    @override
    async def claim(self, hop_key: str, now: Timestamp, limit: int) -> Sequence[Claimed]:
        grant = _Grant(Timestamp(now + self._config.lease))

        def work(shard: ShardFile) -> jobs.ClaimResult:
            return jobs.claim(shard, hop_key, now, limit)

        def committed(result: jobs.ClaimResult) -> None:
            self._index.settle(hop_key, result.next_due)
            for row in result.rows:
                self._index.count(STATES[row.state], -1)
                self._lease(DeliveryId(row.id), grant)

        try:
            result = await self._job(work, committed)
        except asyncio.CancelledError:
            self._revoke(grant, now)
            raise
        return self._claimed(hop_key, result)

    @override
    def ripe(self, now: Timestamp) -> Sequence[Ripe]:
        return self._index.ripe(now)

    @override
    def next_due(self) -> Timestamp | None:
        return self._index.next_due()

    @override
    async def octets(self, message: QueueId) -> OctetSource | None:
        key = message_key(message)
        found = await self._job(lambda shard: jobs.body(shard, key), writes=False)
        return None if found is None else self._octets(*found)

    @override
    def extend(self, deliveries: Collection[DeliveryId], until: Timestamp) -> None:
        for delivery in deliveries:
            if delivery in self._leases:
                self._leases[delivery] = until

    @override
    async def refresh(self, now: Timestamp) -> bool:
        try:
            changed = await self._notice()
            late = [delivery for delivery, until in self._leases.items() if until <= now]
            if late:
                await self._release(late, now)
            await self._sweep(now)
            await self._look_for_oldest(now)
        except (QueueUnavailable, OSError):
            return False
        return changed or bool(late)

    @override
    async def healthy(self) -> bool:
        try:
            await self._job(jobs.probe)
        except QueueUnavailable:
            return False
        return True

    @override
    def stats(self) -> QueueStats:
        return QueueStats({**self._index.counts, State.LEASED: len(self._leases)}, self._oldest, self._recovered)

    @override
    async def close(self) -> None:
        leases, self._leases = list(self._leases), {}
        if leases and not self._closed:
            with suppress(QueueUnavailable):
                await self._job(lambda shard: jobs.give_back(shard, leases))
        self._writer.flush()
        await asyncio.to_thread(self._writer.stop)
        if not self._closed:
            self._closed = True
            self._opening.close()

    def _admit(self, addition: Addition, mail: NewMail, lease_for: Collection[str]) -> tuple[Delivery, ...]:
        identifier = mail.message.id
        if shard_of(identifier) != self.number:
            raise ValueError(f"{identifier} belongs to shard {shard_of(identifier)}, this is shard {self.number}")
        return admit(addition, mail, message_key(identifier), lease_for) if mail.deliveries else ()

    def _admitted(self, mail: NewMail, deliveries: Sequence[Delivery], grant: _Grant) -> None:
        if not isinstance(mail.body, bytes):
            self._spools.hand_over(mail.body.name)
        for each in deliveries:
            if each.state is State.LEASED:
                self._lease(each.id, grant)
            else:
                self._index.count(each.state, 1)
                if each.state is State.QUEUED:
                    self._index.lower(each.hop_key, each.due)

    def _claimed(self, hop_key: str, result: jobs.ClaimResult) -> Sequence[Claimed]:
        by_message: dict[int, list[Delivery]] = {}
        for row in result.rows:
            by_message.setdefault(row.id >> 16, []).append(_delivery(row, hop_key))
        stored = {row[0]: row for row in result.messages}
        return [
            Claimed(self._message(key, stored[key][1]), self._octets(*stored[key][2:]), tuple(deliveries))
            for key, deliveries in by_message.items()
        ]

    def _message(self, key: int, meta: bytes) -> Message:
        return decode_message(queue_id(key, self.number), meta)

    def _octets(self, file: str | None, body: bytes | None) -> OctetSource:
        return MemoryOctets(body or b"") if file is None else FileOctets(self._shard.body(file))

    async def _notice(self) -> bool:
        """Look whether another process has committed; count the index again if so, or if counts may be off."""
        before, version = self._data_version, await self._job(jobs.data_version, writes=False)
        if before != version or self._stale:
            self._stale = False
            await self._job(jobs.census, self._index.load)
        self._data_version = version
        return before != version

    async def _look_for_oldest(self, now: Timestamp) -> None:
        """Now and then: seldom where there are many rows to look at."""
        if self._oldest_due <= now:
            found = await self._job(lambda shard: jobs.oldest(shard, now), writes=False)
            self._oldest = {state: moment(key) for state, key in found.items()}
            self._oldest_due = Timestamp(now + max(_OLDEST_PAUSE, sum(self._index.counts.values()) / _ROWS_A_SECOND))

    async def _release(self, deliveries: Sequence[DeliveryId], now: Timestamp) -> None:
        def released(census: Census) -> None:
            for delivery in deliveries:
                self._leases.pop(delivery, None)
            self._index.load(census)

        await self._job(lambda shard: jobs.release(shard, deliveries, now), released)

    def _lease(self, delivery: DeliveryId, grant: _Grant) -> None:
        self._leases[delivery] = grant.until
        grant.deliveries.append(delivery)

    def _revoke(self, grant: _Grant, now: Timestamp) -> None:
        """Whoever asked for these leases was cancelled, before or after the commit: the next refresh ends them."""
        grant.until = now
        self.extend(grant.deliveries, now)

    async def _sweep(self, now: Timestamp) -> None:
        if self._history_due <= now:
            before, keep = Timestamp(now - self._config.history), self._config.history_rows
            gone = await self._job(lambda shard: jobs.sweep_history(shard, before, keep))
            self._history_due = now if gone else Timestamp(now + _HISTORY_PAUSE)
        if self._sweep_due <= now:
            self._sweep_due = Timestamp(now + self._config.sweep)
            candidates = await asyncio.to_thread(self._spools.candidates)
            if candidates:
                named = await self._job(jobs.files)
                await asyncio.to_thread(self._spools.sweep, candidates - named)

    async def _change(
        self, change: Change, committed: Callable[[], None], submit: Callable[[Operation], None] | None = None
    ) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (submit or self._writer.submit)(ChangeOperation(change, future, committed))
        await future

    async def _job(
        self,
        function: Callable[[ShardFile], T],
        committed: Callable[[T], None] | None = None,
        *,
        writes: bool = True,
    ) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._writer.submit(JobOperation(function, future, committed or _nothing, writes=writes))
        return await future


def _nothing(_result: object) -> None:
    """Nothing has to be known before the caller goes on."""


def _delivery(row: ClaimRow, hop_key: str) -> Delivery:
    recipient, copy, alias_of = decode_recipient(row.who)
    return Delivery(
        DeliveryId(row.id),
        recipient,
        hop_key,
        row.route,
        State.LEASED,
        Timestamp(row.due),
        row.attempts,
        bool(row.told),
        row.reply,
        tuple(row.needs.split(",")) if row.needs else (),
        copy,
        row.reason,
        alias_of,
    )
