"""What intake asks of whoever delivers: whether fresh mail may be handed over at once."""

from collections.abc import Collection, Iterable
from typing import Protocol

from gateway.inspect.result import Inspection
from gateway.queue.protocol import Claimed, Queue


class Handover(Protocol):
    """Takes mail that has just become durable."""

    def grant(self, hop_keys: Iterable[str]) -> Collection[str]:
        """Of these next hops, those that take mail directly. What is granted must be submitted once it is durable."""
        ...

    def submit(self, queue: Queue, claimed: Claimed, inspection: Inspection | None = None) -> None:
        """Take a leased job."""
        ...

    def wake(self) -> None:
        """Something may be due: look."""
        ...
