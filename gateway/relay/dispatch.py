"""Who is served next: hands due mail to the lanes of its next hops, and lanes to attempts.

Mail that has just been accepted goes to its lane in memory, leased in the same commit that made it durable. What a
lane cannot hold stays in the queue and is claimed, fairly, when there is room. All state here can be lost: leases
end with the process, and the queue knows the rest.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Protocol

from typing_extensions import override

from gateway.inspect.result import Inspection
from gateway.mail import codes
from gateway.mail.outcome import Deferred
from gateway.mail.units import Timestamp
from gateway.queue.protocol import Claimed, Queue, QueueUnavailable
from gateway.relay.handover import Handover
from gateway.relay.lane import HopTerms, Job, Lane, new_lane
from gateway.telemetry.logs import Log

CLAIM = 50
"""Deliveries claimed at a time: enough to share a commit, few enough to be fair."""
TICK = 1.0
"""Seconds between looks at the queue when nothing happens."""
MANY_LANES = 10_000
"""Lanes kept before idle ones are forgotten."""


class Carrier(Protocol):
    """Carries out one job, and writes down what became of it, however long the queue takes to be able to."""

    async def attempt(self, job: Job) -> Deferred | None:
        """Attempt and settle. Returns the hop's trouble, when the hop rather than the mail is at fault."""
        ...

    async def postpone(self, job: Job, trouble: Deferred) -> None:
        """Settle without an attempt: the hop is known to be in trouble."""
        ...

    def terms(self, hop_key: str) -> HopTerms:
        """What is configured now about a next hop."""
        ...


class Dispatcher(Handover):
    """One per worker."""

    def __init__(
        self, carrier: Carrier, log: Log, clock: Callable[[], Timestamp], jitter: Callable[[], float], *, workers: int
    ) -> None:
        self._carrier = carrier
        self._log = log
        self._clock = clock
        self._jitter = jitter
        self._workers = workers
        self._queues: list[Queue] = []
        self._lanes: dict[str, Lane] = {}
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    def add(self, queue: Queue) -> None:
        """Serve one more shard."""
        self._queues.append(queue)
        self._wake.set()

    @override
    def wake(self) -> None:
        self._wake.set()

    def reload(self) -> None:
        """Limits may have changed: lanes are made anew as they are used."""
        for key in [key for key, lane in self._lanes.items() if lane.idle]:
            del self._lanes[key]
        for lane in self._lanes.values():
            fresh = new_lane(lane.key, self._carrier.terms(lane.key), self._workers, self._clock())
            lane.slots, lane.bucket, lane.longest_pause = fresh.slots, fresh.bucket, fresh.longest_pause
        self._wake.set()

    @override
    def grant(self, hop_keys: Iterable[str]) -> Collection[str]:
        if self._stopping:
            return ()
        now = self._clock()
        return {key for key in hop_keys if self._lane(key).takes_fresh(now)}

    @override
    def submit(self, queue: Queue, claimed: Claimed, inspection: Inspection | None = None) -> None:
        lane = self._lane(claimed.deliveries[0].hop_key)
        lane.waiting.push(Job(queue, claimed, inspection))
        self._pump(lane)

    async def run(self) -> None:
        """Look for due mail until cancelled."""
        while True:
            self._wake.clear()
            await self._claim_all()
            try:
                async with asyncio.timeout(self._pause()):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def drain(self, grace: float) -> None:
        """Start nothing new, and wait for what is in flight at most `grace` seconds."""
        self._stopping = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)
        for task in self._tasks:
            task.cancel()

    def _pause(self) -> float:
        now = self._clock()
        dues = [due for queue in self._queues if (due := queue.next_due()) is not None and due > now]
        return max(0.01, min(TICK, min(dues) - now)) if dues else TICK

    def _lane(self, key: str) -> Lane:
        lane = self._lanes.get(key)
        if lane is None:
            if len(self._lanes) >= MANY_LANES:
                self._lanes = {k: v for k, v in self._lanes.items() if not v.idle}
            lane = self._lanes[key] = new_lane(key, self._carrier.terms(key), self._workers, self._clock())
        return lane

    async def _claim_all(self) -> None:
        now = self._clock()
        claims = [
            self._claim(queue, lane, now)
            for queue in self._queues
            for ripe in queue.ripe(now)
            if (lane := self._lane(ripe.hop_key)).room > len(lane.waiting) and not lane.claiming
        ]
        for start in range(0, len(claims), CLAIM):
            await asyncio.gather(*claims[start : start + CLAIM])

    async def _claim(self, queue: Queue, lane: Lane, now: Timestamp) -> None:
        if self._stopping or lane.claiming:
            return
        lane.claiming = True
        try:
            claimed: Sequence[Claimed] = await queue.claim(lane.key, now, CLAIM)
        except QueueUnavailable as error:
            self._log.warning("queue unavailable", hop=lane.key, error=str(error))
            return
        finally:
            lane.claiming = False
        for one in claimed:
            lane.waiting.push(Job(queue, one))
        self._pump(lane)
        if len(claimed) > 0:
            self._wake.set()

    def _pump(self, lane: Lane) -> None:
        """Start as many runs through the lane's line as it has room for."""
        if self._stopping:
            return
        for _ in range(min(lane.room, len(lane.waiting))):
            lane.running += 1
            task = asyncio.get_running_loop().create_task(self._serve(lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, lane: Lane) -> None:
        """One connection's worth of work: job after job while there are any, so that a connection stays warm."""
        try:
            while lane.waiting and not self._stopping and lane.room >= 0:
                await self._serve_one(lane, lane.waiting.pop())
        finally:
            lane.running -= 1
            self._wake.set()

    async def _serve_one(self, lane: Lane, job: Job) -> None:
        if lane.trouble is not None and lane.paused(self._clock()):
            await self._carrier.postpone(job, lane.trouble)
            return
        await self._keep_rate(lane)
        try:
            trouble = await self._carrier.attempt(job)
        except Exception as error:
            # A fault of ours: the mail is kept and tried again by its schedule, and the fault is told with its trace.
            self._log.exception("attempt broke off", id=job.claimed.message.id, hop=lane.key)
            why = f"internal error ({type(error).__name__}); the log has the details"
            await self._carrier.postpone(job, Deferred(codes.SYSTEM_TROUBLE, why))
            return
        if trouble is None:
            lane.succeeded()
        else:
            lane.failed(trouble, self._clock(), self._jitter())

    async def _keep_rate(self, lane: Lane) -> None:
        if lane.bucket is not None and (pause := lane.bucket.take(self._clock())) > 0:
            await asyncio.sleep(pause)
