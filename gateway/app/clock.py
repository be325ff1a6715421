"""The one place that reads a clock and throws dice; everything else is given the time."""

import random
import time

from gateway.mail.units import Timestamp


def now() -> Timestamp:
    """Seconds since the epoch, UTC."""
    return Timestamp(time.clock_gettime(time.CLOCK_REALTIME))


_dice = random.SystemRandom()


def jitter() -> float:
    """Evenly spread over [0, 1)."""
    return _dice.random()
