"""Numbers that are cheap to change: what the hot path touches. The board writes them out once a second.

A cell is changed by one thread only (another may read it meanwhile).
"""

from bisect import bisect_left
from collections.abc import Sequence


class Counter:
    """Only goes up."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0.0

    def add(self, amount: float = 1.0) -> None:
        """Count `amount` more."""
        self.value += amount

    def numbers(self) -> Sequence[float]:
        """What is written out."""
        return (self.value,)


class Gauge:
    """Goes up and down."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0.0

    def set(self, value: float) -> None:
        """It is `value` now."""
        self.value = value

    def add(self, amount: float = 1.0) -> None:
        """It is `amount` more now (less, where negative)."""
        self.value += amount

    def numbers(self) -> Sequence[float]:
        """What is written out."""
        return (self.value,)


class Histogram:
    """How often a value fell between two bounds; the last bucket is for all above the last bound."""

    __slots__ = ("bounds", "buckets", "sum")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.buckets = [0.0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        """Take one value in."""
        self.buckets[bisect_left(self.bounds, value)] += 1.0
        self.sum += value

    def numbers(self) -> Sequence[float]:
        """What is written out: the buckets, not accumulated, then the sum."""
        return (*self.buckets, self.sum)
