"""Rows of the tables as tuples, and the numbers that states have in them."""

from enum import IntEnum
from typing import NamedTuple, TypeAlias

from gateway.mail.message import State

SqlValue: TypeAlias = str | bytes | int | float | None

STATES = (State.QUEUED, State.DEFERRED, State.LEASED, State.HELD, State.DELIVERED, State.FAILED, State.DROPPED)
"""By number. Those below LEASED wait for their time or their turn; those above HELD are in the history."""

NUMBERS = {state: number for number, state in enumerate(STATES)}
QUEUED, DEFERRED, LEASED, HELD, DELIVERED, FAILED, DROPPED = range(len(STATES))


class Mark(IntEnum):
    """What an operator ordered for a leased delivery, to be done when its attempt has ended."""

    NONE = 0
    DROP = 1
    HOLD = 2


MessageRow: TypeAlias = tuple[int, bytes, str | None, bytes | None]
"""Key, everything but the octets, the body's file or the body."""

FinalRow: TypeAlias = tuple[int, float, int, int, bytes | None]
"""Delivery, when, the final state, what it adds to `attempts`, the result if there was an attempt."""


class DeliveryRow(NamedTuple):
    """A new delivery, in the order of the insert statement."""

    id: int
    state: int
    hop: str
    due: float
    turn: int | None
    flow: int
    """Who it counts for in the fairness between senders, and how urgent it is (`gateway.queue.fairness`)."""
    route: str
    needs: str
    who: bytes
    reason: str


class ClaimRow(NamedTuple):
    """A delivery as a claim reads it."""

    id: int
    state: int
    due: float
    turn: int
    route: str
    needs: str
    who: bytes
    attempts: int
    told: int
    reply: str
    reason: str
