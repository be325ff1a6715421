"""A lane: all that goes to one next hop from this worker. Bookkeeping only, no I/O, time passed in."""

from collections import deque
from dataclasses import dataclass, field

from gateway.inspect.result import Inspection
from gateway.mail.address import Address
from gateway.mail.nexthop import HopLimits
from gateway.mail.outcome import Deferred
from gateway.mail.units import Timestamp
from gateway.queue.protocol import INLINE_LIMIT, Claimed, Queue

PATIENCE = 3
"""Attempts in a row that a hop may fail before all its mail backs off: one blip defers one message."""
FIRST_PAUSE = 10.0
"""Seconds of the first pause; it doubles with each further failure."""
LONGEST_PAUSE = 600.0
"""Seconds after which a hop is tried again however long it has been silent."""
SHARE_AFTER = 1.0
"""Seconds after which mail that is due joins a line that fresh mail keeps full."""
SHARE = 50
"""So many more than fresh mail may wait then: what is overdue pushes fresh mail back into the queue, not out of it."""
FORGOTTEN = 2 * LONGEST_PAUSE
"""Seconds after which the last failure of a hop with no mail tells nothing."""
BACKLOG_MESSAGES = 500
PASSED_OVER = 10
"""Urgent jobs that may go before one that is less so has its turn."""
BACKLOG_OCTETS = 8 * 1024 * 1024
"""What a lane keeps in memory of mail that has just come; more is read back from the queue when its turn comes."""


@dataclass(frozen=True, slots=True)
class HopTerms:
    """What the configuration says about a next hop. `longest_wait`: seconds between retries of its mail at most."""

    limits: HopLimits
    longest_wait: float = LONGEST_PAUSE


@dataclass(frozen=True, slots=True)
class Job:
    """Leased deliveries of one message for one next hop, and what is known about the message already."""

    queue: Queue
    claimed: Claimed
    inspection: Inspection | None = None

    @property
    def octets_held(self) -> int:
        """Octets that it keeps in memory; large messages stay on disk."""
        return min(self.claimed.message.size, INLINE_LIMIT)

    @property
    def hop_key(self) -> str:
        """The next hop that the deliveries were leased for."""
        return self.claimed.deliveries[0].hop_key

    @property
    def sender_key(self) -> str:
        """Fairness is between these."""
        sender = self.claimed.message.sender
        return sender.key if isinstance(sender, Address) else ""


class _Round:
    """Jobs of one priority in turn: senders alternate, so that nobody waits behind a flood of somebody else's."""

    __slots__ = ("_by_sender", "passed_over")

    def __init__(self) -> None:
        self._by_sender: dict[str, deque[Job]] = {}
        self.passed_over = 0
        """Jobs of higher priority that went before, since one of these went."""

    def __bool__(self) -> bool:
        return bool(self._by_sender)

    def push(self, job: Job) -> None:
        """Add at the end of its sender's line."""
        self._by_sender.setdefault(job.sender_key, deque()).append(job)

    def pop(self) -> Job:
        """The next job; its sender goes to the end of the round. Never called when there is none."""
        sender = next(iter(self._by_sender))
        line = self._by_sender.pop(sender)
        job = line.popleft()
        if line:
            self._by_sender[sender] = line
        self.passed_over = 0
        return job


class Turns:
    """Jobs in turn: those of higher priority first (RFC 6710), but never more than `PASSED_OVER` of them in a row
    before one that is less urgent; those of the same priority as `_Round` says."""

    def __init__(self) -> None:
        self._rounds: dict[int, _Round] = {}
        self._count = 0
        self.octets = 0

    def __len__(self) -> int:
        return self._count

    def push(self, job: Job) -> None:
        """Add at the end of its sender's line."""
        priority = job.claimed.message.options.priority or 0
        found = self._rounds.get(priority)
        if found is None:
            found = self._rounds[priority] = _Round()
        found.push(job)
        self._count += 1
        self.octets += job.claimed.message.size

    def pop(self) -> Job:
        """The next job. Raises KeyError when there is none."""
        if not self._count:
            raise KeyError("no job is waiting")
        job = self._next_round().pop()
        self._count -= 1
        self.octets -= job.claimed.message.size
        return job

    def _next_round(self) -> _Round:
        waiting = [self._rounds[each] for each in sorted(self._rounds, reverse=True) if self._rounds[each]]
        if len(waiting) == 1:
            return waiting[0]
        overdue = next((each for each in waiting[1:] if each.passed_over >= PASSED_OVER), None)
        chosen = overdue or waiting[0]
        for each in waiting[1:]:
            each.passed_over += each is not chosen
        return chosen


@dataclass(slots=True)
class Bucket:
    """A token bucket for a `Rate`: at most `count` messages in `per` seconds, in one burst or spread."""

    rate: float
    """Messages a second."""
    capacity: float
    tokens: float
    at: Timestamp

    def take(self, now: Timestamp) -> float:
        """Take a token, on credit if need be: returns the seconds to wait until it is covered. A clock that is put back
        costs nothing."""
        self.tokens = min(self.capacity, self.tokens + max(0.0, now - self.at) * self.rate) - 1.0
        self.at = now
        return max(0.0, -self.tokens / self.rate)


@dataclass(slots=True)
class Lane:
    """The state of one next hop in this worker."""

    key: str
    slots: int
    """Attempts at once: this worker's share of the hop's connections."""
    bucket: Bucket | None = None
    waiting: Turns = field(default_factory=Turns)
    running: int = 0
    claiming: bool = False
    claimed_at: Timestamp = Timestamp(0.0)
    """When mail was last looked for in the queue."""
    longest_pause: float = LONGEST_PAUSE
    failures: int = 0
    failed_at: Timestamp = Timestamp(0.0)
    paused_until: Timestamp = Timestamp(0.0)
    trouble: Deferred | None = None
    """Why the hop is paused, for all the mail that is due meanwhile."""

    def paused(self, now: Timestamp) -> bool:
        """Whether the hop is left alone. A clock that is put back ends a pause rather than stretch it."""
        return self.trouble is not None and self.failed_at <= now < self.paused_until

    def takes_fresh(self, now: Timestamp) -> bool:
        """Whether mail that has just come may be handed over directly, instead of waiting in the queue."""
        return len(self.waiting) < BACKLOG_MESSAGES and self.waiting.octets < BACKLOG_OCTETS and not self.paused(now)

    def takes_due(self, now: Timestamp) -> bool:
        """Whether to claim mail that is due. A share of it comes in even where fresh mail keeps the line full."""
        if self.claiming:
            return False
        starved = now - self.claimed_at >= SHARE_AFTER and 0 < len(self.waiting) < BACKLOG_MESSAGES + SHARE
        return starved or self.room > len(self.waiting)

    @property
    def room(self) -> int:
        """How many attempts may start now. After a pause one goes first, to see."""
        return (1 if self.failures >= PATIENCE else self.slots) - self.running

    def succeeded(self) -> None:
        """The hop answered."""
        self.failures = 0
        self.trouble = None

    def failed(self, trouble: Deferred, now: Timestamp, jitter: float) -> None:
        """The hop, not a message, was in trouble. `jitter` is in [0, 1).

        What was under way when the pause began tells nothing new: a pause does not double for each connection.
        """
        if self.paused(now):
            return
        self.failures += 1
        self.failed_at = now
        if self.failures >= PATIENCE:
            pause = min(self.longest_pause, FIRST_PAUSE * 2.0 ** min(self.failures - PATIENCE, 16))
            self.paused_until = Timestamp(now + pause * (0.75 + jitter / 2))
            self.trouble = trouble

    def idle(self, now: Timestamp) -> bool:
        """Nothing is known of it that a new lane would not know, or nothing that still counts."""
        known = self.failures and now - self.failed_at < FORGOTTEN
        return not (self.running or self.waiting or self.claiming or known)


def new_lane(key: str, terms: HopTerms, workers: int, now: Timestamp) -> Lane:
    """A lane with this worker's share of the hop's limits."""
    limits = terms.limits
    rate = limits.rate
    bucket = None
    if rate is not None:
        share = max(rate.count / workers, 1.0)
        bucket = Bucket(rate.count / workers / rate.per, share, share, now)
    longest = min(LONGEST_PAUSE, terms.longest_wait)
    return Lane(key, max(1, limits.connections // workers), bucket, longest_pause=longest)
