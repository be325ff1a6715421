"""What delivery into mailboxes tells whoever counts."""

from enum import StrEnum
from typing import Protocol

from typing_extensions import override


class Fate(StrEnum):
    """What became of one delivery."""

    STORED = "stored"
    FULL = "full"
    REFUSED = "refused"
    LOOP = "loop"
    UNAVAILABLE = "unavailable"


class Observer(Protocol):
    """Hears of every delivery."""

    def ended(self, fate: Fate, octets: int, seconds: float) -> None:
        """One recipient's part of a message, and how long it took."""
        ...


class Unobserved(Observer):
    """Nobody counts."""

    @override
    def ended(self, fate: Fate, octets: int, seconds: float) -> None:
        """Told to nobody."""
