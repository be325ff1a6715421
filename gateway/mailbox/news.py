"""What a session is told of its mailbox at one time."""

from dataclasses import dataclass

from gateway.mailbox.spans import Span
from gateway.store.uids import Range, UidSet


@dataclass(frozen=True, slots=True)
class News:
    """To be passed on in this order: what is gone, how many there are, what has changed."""

    numbers: tuple[Range, ...]
    """Sequence numbers that are gone, ascending, as they were before (to be told from the last to the first)."""
    vanished: UidSet
    """The same, as UIDs."""
    exists: int
    """How many messages the session counts now."""
    arrived: Span
    """Positions of new messages; those that are gone already are among them."""
    flags: tuple[Span, ...]
    """Positions of messages whose flags others have changed. None is new."""

    def __bool__(self) -> bool:
        return bool(self.vanished or self.flags or self.arrived[0] < self.arrived[1])
