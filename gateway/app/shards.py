"""The shards of the queue that a worker owns: its own first, then those that nobody else has."""

import asyncio
import contextlib
from typing import Final

from gateway.app import clock
from gateway.mail.message import State
from gateway.mail.units import Seconds
from gateway.queue.config import QueueConfig
from gateway.queue.engine import EmbeddedQueue
from gateway.queue.protocol import QueueUnavailable
from gateway.queue.shards import Place, adopt
from gateway.relay.dispatch import Dispatcher
from gateway.telemetry.logs import Log
from gateway.telemetry.metrics import Metrics
from gateway.web.readiness import Readiness

ADOPTION: Final = 30.0
"""Seconds between two looks for shards that nobody owns."""


class Shards:
    """Opened by `adopt`, closed after the last attempt has ended."""

    def __init__(self, place: Place, config: QueueConfig, dispatcher: Dispatcher, log: Log, metrics: Metrics) -> None:
        self.config = config
        """Of shards that are adopted from now on."""
        self._place = place
        self._dispatcher = dispatcher
        self._log = log
        self._metrics = metrics
        self._queues: list[EmbeddedQueue] = []

    @property
    def own(self) -> EmbeddedQueue:
        """Where this worker's mail is written."""
        return self._queues[0]

    async def adopt(self) -> None:
        """Take those that nobody owns. Raises QueueUnavailable."""
        owned = {queue.number for queue in self._queues}
        for queue in await adopt(self._place, self.config, clock.now(), self._committed, owned):
            self._queues.append(queue)
            self._dispatcher.add(queue)
            recovered = queue.stats().recovered
            if recovered:
                self._metrics.queueing.perhaps_twice.at().add(recovered)
                self._log.warning("deliveries were in flight when a worker died", shard=queue.number, count=recovered)

    async def keep_adopting(self) -> None:
        """Run until cancelled."""
        while True:
            await asyncio.sleep(ADOPTION)
            with contextlib.suppress(QueueUnavailable):
                await self.adopt()

    async def refresh(self) -> None:
        """Take up what operators did, and what became due."""
        for queue in self._queues:
            now = clock.now()
            self._dispatcher.keep_leases(now)
            if await queue.refresh(now):
                self._dispatcher.wake()
        self._measure()

    async def readiness(self) -> Readiness:
        """Whether they can commit."""
        healthy = [await queue.healthy() for queue in self._queues]
        return Readiness() if all(healthy) else Readiness(("the queue cannot commit: is the disk full or read-only?",))

    async def close(self) -> None:
        """Let go of them."""
        for queue in self._queues:
            await queue.close()

    def _committed(self, took: Seconds, operations: int) -> None:
        self._metrics.queueing.commit_seconds.at().observe(took)
        self._metrics.queueing.commit_operations.at().observe(operations)

    def _measure(self) -> None:
        queueing = self._metrics.queueing
        stats = [queue.stats() for queue in self._queues]
        for state in (State.QUEUED, State.LEASED, State.DEFERRED, State.HELD):
            queueing.deliveries.at(state).set(sum(one.depth.get(state, 0) for one in stats))
        now = clock.now()
        for state in (State.QUEUED, State.DEFERRED, State.HELD):
            since = min((one.oldest[state] for one in stats if state in one.oldest), default=now)
            queueing.oldest.at(state).set(max(0.0, now - since))
