"""What the receiving side tells whoever counts. `gateway.app` puts the metrics behind it."""

from typing import Protocol

from gateway.listen import observer


class Observer(observer.Observer, Protocol):
    """One per listener. `replied` comes five times a message. Clients are cut off that are too slow with a `command`,
    with `data` or its data `rate`, with their `handshake`."""

    def replied(self, code: int) -> None:
        """A reply was sent."""
        ...

    def received(self, octets: int) -> None:
        """A message has arrived whole and goes to the relay."""
        ...
