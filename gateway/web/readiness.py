"""Whether the gateway can do its work now, and if not, why."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Readiness:
    """`trouble` says for people what is wrong, one sentence each; empty: ready."""

    trouble: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether mail can be taken."""
        return not self.trouble


Check = Callable[[], Awaitable[Readiness]]
"""Asked at each request for `/readyz`; it may commit to the queue to find out."""
