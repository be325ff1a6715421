"""A message in the queue, and the deliveries it is owed."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from gateway.mail.address import ReversePath
from gateway.mail.envelope import MailOptions, Recipient
from gateway.mail.origin import Origin
from gateway.mail.units import Timestamp

QueueId = NewType("QueueId", str)
"""Names a message in the queue: 14 letters and digits, sortable by time of arrival, unique over all workers."""

DeliveryId = NewType("DeliveryId", int)
"""Names one recipient of one message; unique within the shard of the queue that holds it."""


class State(StrEnum):
    """Where a delivery stands (docs/architecture.md has the table of transitions)."""

    QUEUED = "queued"
    LEASED = "leased"
    DEFERRED = "deferred"
    HELD = "held"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Message:
    """What a message is, apart from its octets and its recipients. Written once, never changed."""

    id: QueueId
    received: Timestamp
    sender: ReversePath
    options: MailOptions
    origin: Origin
    size: int
    message_id: str = ""
    """The Message-ID field's value with its brackets, for finding it again."""
    subject_to_report: bool = True
    """False for reports themselves: nothing is ever reported about them."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One recipient of a message, and how far it has come."""

    id: DeliveryId
    recipient: Recipient
    hop_key: str
    """The next hop's key when it was last routed; `hold` and `discard` routes have keys of those names."""
    route: str
    state: State
    due: Timestamp
    attempts: int = 0
    delay_told: bool = False
    """A delay notice has gone out: there is one at most."""
    last_reply: str = ""
    needs: tuple[str, ...] = ()
    """EHLO keywords that this delivery needs, as last derived."""
    copy: bool = False
    """Made by us (BCC to an archive): its failure is reported to the postmaster, never to the sender."""
    hold_reason: str = ""
    alias_of: str = ""
    """The recipient that the client named, where an alias or a rewrite made this one."""
