"""What a view keeps beside its arrays once somebody has asked for it: one value for each position."""

from collections.abc import Sequence
from typing import Protocol

from gateway.mailbox.spans import Span


class Column(Protocol):
    """Of one view. It may be shorter than the view: who needs it makes it longer first."""

    def __len__(self) -> int:
        """How many positions have a value."""
        ...

    def keep(self, spans: Sequence[Span]) -> None:
        """Forget the positions outside these spans."""
        ...

    @property
    def weight(self) -> int:
        """Octets in memory, roughly."""
        ...
