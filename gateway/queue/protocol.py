"""The durable queue as the rest of the gateway sees it. One contract suite (tests/contract) holds every engine.

States and transitions: docs/architecture.md. A call that returns has been committed and fsynced; a call that
raises `QueueUnavailable` has changed nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.mail.envelope import Recipient
from gateway.mail.message import Delivery, DeliveryId, Message, QueueId, State
from gateway.mail.octets import OctetSource
from gateway.mail.outcome import Outcome
from gateway.mail.units import Timestamp

INLINE_LIMIT = 64 * 1024
"""Bodies up to this many octets are a row in the database; larger ones are a file of their own."""


class QueueUnavailable(Exception):
    """The queue cannot commit (disk full, read-only, locked): the client is told 452 4.3.1 and keeps its mail."""


class Spool(Protocol):
    """A large body while it arrives or is rendered. Used by one task; either `finish` or `discard` ends it."""

    async def write(self, data: bytes) -> None:
        """Append. Raises QueueUnavailable."""
        ...

    async def finish(self) -> "SpooledBody":
        """Fsync file and folder. Raises QueueUnavailable."""
        ...

    def discard(self) -> None:
        """Remove the file. Safe to call twice and after a failure."""
        ...


class SpooledBody(OctetSource, Protocol):
    """A finished large body: random access by windows. It is the queue's once a commit names it."""

    @property
    def name(self) -> str:
        """The name the queue knows it by."""
        ...

    def discard(self) -> None:
        """Remove the file: it was never committed, or was a rendering for one attempt."""
        ...


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A recipient to be stored."""

    recipient: Recipient
    hop_key: str
    route: str
    due: Timestamp
    needs: tuple[str, ...] = ()
    copy: bool = False
    alias_of: str = ""
    hold_reason: str = ""
    """Not empty: it starts as held."""


@dataclass(frozen=True, slots=True)
class NewMail:
    """A message to be stored, with its octets in memory (at most INLINE_LIMIT) or spooled."""

    message: Message
    body: bytes | SpooledBody
    deliveries: tuple[NewDelivery, ...]


@dataclass(frozen=True, slots=True)
class Claimed:
    """Deliveries of one message that are due for one next hop, leased to the caller, and the message's octets."""

    message: Message
    octets: OctetSource
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of one leased delivery after an attempt."""

    message: QueueId
    delivery: DeliveryId
    outcome: Outcome
    at: Timestamp
    state: State
    """DELIVERED, FAILED (both move it to the history), DEFERRED, HELD or QUEUED (the attempt did not take place)."""
    due: Timestamp
    """When to try again, for DEFERRED and QUEUED."""
    hop_key: str
    route: str
    needs: tuple[str, ...] = ()
    delay_told: bool = False
    counts: bool = True
    """Whether it adds to `attempts`."""


@dataclass(frozen=True, slots=True)
class Ripe:
    """A next hop with deliveries that are due."""

    hop_key: str
    due: Timestamp


@dataclass(frozen=True, slots=True)
class QueueStats:
    """A shard at a glance."""

    depth: Mapping[State, int]
    """Deliveries by state: queued, leased, deferred, held."""
    oldest: Mapping[State, Timestamp]
    """When the oldest message queued, deferred and held arrived, as a `refresh` found it not long ago. What is held for
    its sender and not yet due is none of them."""
    recovered: int
    """Leases that were found when the shard was opened: each may have been delivered before the crash."""


class Queue(Protocol):
    """One shard: the part of the queue that one worker owns."""

    def new_id(self, now: Timestamp) -> QueueId:
        """A fresh queue id."""
        ...

    def spool(self) -> Spool:
        """A file for a large body."""
        ...

    async def enqueue(self, mail: NewMail, *, lease_for: Collection[str]) -> tuple[Delivery, ...]:
        """Commit a message: returns its deliveries in the order given.

        The message's id is one of this shard's `new_id`. Raises ValueError for a foreign or used id, or too many
        deliveries.
        Those that are due when the message is received, with a hop key in `lease_for`, are leased to the caller at
        once; no claim is needed for them.
        """
        ...

    async def claim(self, hop_key: str, now: Timestamp, limit: int) -> Sequence[Claimed]:
        """Lease at most `limit` due deliveries for one next hop, grouped by message, fair between senders."""
        ...

    def ripe(self, now: Timestamp) -> Sequence[Ripe]:
        """Next hops with due deliveries, the longest waiting first. From memory: costs no query per call."""
        ...

    def next_due(self) -> Timestamp | None:
        """When the next delivery becomes due; None for an empty queue. From memory."""
        ...

    async def settle(self, settlements: Sequence[Settlement], reports: Sequence[NewMail] = ()) -> None:
        """Commit the outcomes of an attempt, and the reports that they owe, in one transaction.

        A message whose last delivery is settled leaves the queue with its body. A settlement of a delivery that an
        operator dropped meanwhile is recorded in the history and otherwise ignored, unless it says DELIVERED. Where
        nothing of a call stands, its reports are not owed.
        """
        ...

    async def octets(self, message: QueueId) -> OctetSource | None:
        """The octets of a message in the queue; None when it has left."""
        ...

    def extend(self, deliveries: Collection[DeliveryId], until: Timestamp) -> None:
        """Keep these leases until then: the attempt goes on."""
        ...

    async def refresh(self, now: Timestamp) -> bool:
        """Housekeeping, to be called about once a second.

        Notices what operators did from outside, ends leases that ran out, sweeps history and orphaned bodies. Returns
        whether other deliveries may be due now than before. Never raises QueueUnavailable.
        """
        ...

    async def healthy(self) -> bool:
        """Whether a commit is possible, found out by doing one."""
        ...

    def stats(self) -> QueueStats:
        """Counts for the metrics. From memory."""
        ...

    async def close(self) -> None:
        """Finish what was begun, end all leases and let go of the shard. Never raises QueueUnavailable."""
        ...
