"""When a deferred delivery is tried again (RFC 5321 4.5.4.1): ever later, with a cap and jitter, until it expires."""

from dataclasses import dataclass
from typing import Final

from gateway.mail.units import Seconds, Timestamp

_SPREAD: Final = 0.2
"""The share of a wait that jitter moves it by, so that what failed together is not retried together."""

_MANY: Final = 64
"""More doublings than this exceed every cap; the power is not computed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """`retry:` of a route."""

    first: Seconds = Seconds(300)
    """The wait after the first attempt."""
    factor: float = 2
    """How much longer each wait is than the one before it."""
    max: Seconds = Seconds(4 * 3600)
    """The longest wait."""
    expire: Seconds = Seconds(5 * 86400)
    """How long after its arrival a message is given up and its sender told."""

    def __post_init__(self) -> None:
        if self.first <= 0 or self.max <= 0:
            raise ValueError("`first` and `max` are longer than no time at all")
        if not 1 <= self.factor <= 100:
            raise ValueError("`factor` lies between 1 and 100")


USUAL_RETRY: Final = Retry()
"""Of a route that says nothing else."""


def wait(retry: Retry, attempts: int) -> Seconds:
    """How long to wait after the attempt of this number (1 is the first), before jitter."""
    growth = retry.factor ** min(max(attempts - 1, 0), _MANY)
    return Seconds(min(retry.first * growth, retry.max))


def next_due(retry: Retry, attempts: int, received: Timestamp, now: Timestamp, jitter: float) -> Timestamp | None:
    """When to try again after `attempts` attempts, the last of them at `now`; None: it has expired.

    `jitter` is a random number in `[0, 1)`. The last attempt falls on the moment of expiry, not before it.
    """
    expiry = received + retry.expire
    if now >= expiry:
        return None
    spread = 1 + _SPREAD * (2 * jitter - 1)
    return Timestamp(min(now + wait(retry, attempts) * spread, expiry))
