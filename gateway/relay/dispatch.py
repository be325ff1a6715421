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
from gateway.mail.outcome import Deferred
from gateway.mail.units import Timestamp
from gateway.queue.protocol import Claimed, Queue, QueueUnavailable
from gateway.relay.handover import Handover
from gateway.relay.lane import HopTerms, Job, Lane, new_lane
from gateway.telemetry.logs import Log

CLAIM = 50
"""Deliveries claimed at a time: enough to share a commit, few enough to be fair."""
LAST_WRITES = 5.0
"""Seconds that attempts which were broken off may take to write down what they have achieved."""
CROWD_JOBS = 5_000
CROWD_OCTETS = 64 * 1024 * 1024
"""Jobs in hand, and octets of theirs in memory, from which on no hop gets more than it can work at now."""
FULL = 4
"""Times that much is the most: then all waits in the queue."""
TICK = 1.0
"""Seconds between looks at the queue when nothing happens."""
HOLD = 600.0
"""Seconds that the leases of jobs in hand are extended by, about once a second."""
MANY_LANES = 10_000
"""Lanes kept before idle ones are forgotten."""


class Carrier(Protocol):
    """Carries out one job, and writes down what became of it, however long the queue takes to be able to."""

    async def attempt(self, job: Job) -> Deferred | None:
        """Attempt and settle, whatever breaks off. Returns the hop's trouble, when the hop rather than the mail is at
        fault."""
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
        self._in_hand: dict[int, Job] = {}
        self._octets = 0
        self._many = MANY_LANES
        self._stopping = False
        self._stop = asyncio.Event()

    def add(self, queue: Queue) -> None:
        """Serve one more shard."""
        self._queues.append(queue)
        self._wake.set()

    @override
    def wake(self) -> None:
        self._wake.set()

    def reload(self) -> None:
        """Limits may have changed, and so may hosts: those that were left alone are tried at once."""
        now = self._clock()
        self._forget(now)
        for lane in self._lanes.values():
            fresh = new_lane(lane.key, self._carrier.terms(lane.key), self._workers, now)
            lane.slots, lane.bucket, lane.longest_pause = fresh.slots, fresh.bucket, fresh.longest_pause
            lane.paused_until = now
        self._wake.set()

    def keep_leases(self, now: Timestamp) -> None:
        """Extend the leases of all jobs in hand. Just before `Queue.refresh`: then none of them can run out in it, and
        no job is given out twice, however long its hop takes and however the clock jumps."""
        until = Timestamp(now + HOLD)
        for job in self._in_hand.values():
            job.queue.extend([delivery.id for delivery in job.claimed.deliveries], until)

    @override
    def grant(self, hop_keys: Iterable[str]) -> Collection[str]:
        if self._stopping:
            return ()
        if self._crowded(FULL):
            return ()
        now = self._clock()
        crowded = self._crowded(1)
        lanes = [self._lane(key) for key in hop_keys]
        return {one.key for one in lanes if one.takes_fresh(now) and not (crowded and len(one.waiting) >= one.slots)}

    @override
    def submit(self, queue: Queue, claimed: Claimed, inspection: Inspection | None = None) -> None:
        lane = self._lane(claimed.deliveries[0].hop_key)
        self._take(lane, Job(queue, claimed, inspection))
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
        """Start nothing new, and wait for what is in flight at most `grace` seconds.

        What is broken off then writes down what it has achieved.
        """
        self._stopping = True
        self._stop.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LAST_WRITES)

    def _pause(self) -> float:
        now = self._clock()
        dues = [due for queue in self._queues if (due := queue.next_due()) is not None and due > now]
        return max(0.01, min(TICK, min(dues) - now)) if dues else TICK

    def _lane(self, key: str) -> Lane:
        lane = self._lanes.get(key)
        if lane is None:
            now = self._clock()
            if len(self._lanes) >= self._many:
                self._forget(now)
            lane = self._lanes[key] = new_lane(key, self._carrier.terms(key), self._workers, now)
        return lane

    async def _claim_all(self) -> None:
        now = self._clock()
        wanted = [
            (queue, ripe.hop_key)
            for queue in self._queues
            for ripe in queue.ripe(now)
            if self._lane(ripe.hop_key).takes_due(now)
        ]
        for start in range(0, len(wanted), CLAIM):
            await asyncio.gather(*(self._claim(queue, key, now) for queue, key in wanted[start : start + CLAIM]))

    async def _claim(self, queue: Queue, key: str, now: Timestamp) -> None:
        lane = self._lane(key)
        if self._stopping or lane.claiming or self._crowded(FULL):
            return
        lane.claiming = True
        lane.claimed_at = now
        try:
            claimed: Sequence[Claimed] = await queue.claim(lane.key, now, CLAIM)
        except QueueUnavailable as error:
            self._log.warning("queue unavailable", hop=lane.key, error=str(error))
            return
        finally:
            lane.claiming = False
        for one in claimed:
            self._take(lane, Job(queue, one))
        self._pump(lane)
        if len(claimed) > 0:
            self._wake.set()

    def _take(self, lane: Lane, job: Job) -> None:
        self._in_hand[id(job)] = job
        self._octets += job.octets_held
        lane.waiting.push(job)

    def _let_go(self, job: Job) -> None:
        del self._in_hand[id(job)]
        self._octets -= job.octets_held

    def _crowded(self, times: int) -> bool:
        return len(self._in_hand) >= times * CROWD_JOBS or self._octets >= times * CROWD_OCTETS

    def _forget(self, now: Timestamp) -> None:
        """Lanes that tell nothing. Not looked for again before there are twice as many: hops in trouble may be many."""
        self._lanes = {key: lane for key, lane in self._lanes.items() if not lane.idle(now)}
        self._many = max(MANY_LANES, 2 * len(self._lanes))

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
                job = lane.waiting.pop()
                try:
                    await self._serve_one(lane, job)
                except Exception:
                    # It could not even be put off: its lease runs out, and the jobs behind it are not held up.
                    self._log.exception("job broke off", id=job.claimed.message.id, hop=lane.key)
                finally:
                    self._let_go(job)
        finally:
            lane.running -= 1
            self._pump(lane)
            self._wake.set()

    async def _serve_one(self, lane: Lane, job: Job) -> None:
        if lane.trouble is not None and lane.paused(self._clock()):
            await self._carrier.postpone(job, lane.trouble)
            return
        pause = 0.0 if lane.bucket is None else lane.bucket.take(self._clock())
        if pause > 0 and await self._stops_within(pause):
            return
        trouble = await self._carrier.attempt(job)
        if trouble is not None:
            lane.failed(trouble, self._clock(), self._jitter())
        elif lane.failures:
            lane.succeeded()
            self._pump(lane)

    async def _stops_within(self, seconds: float) -> bool:
        """Wait so long, or until we stop."""
        try:
            async with asyncio.timeout(seconds):
                return await self._stop.wait()
        except TimeoutError:
            return False
