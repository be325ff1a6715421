"""What the receiving side tells whoever counts. `gateway.app` puts the metrics behind it."""

from typing import Protocol

from gateway.mail.origin import Tls


class Observer(Protocol):
    """One per listener. The calls come from the event loop and must be cheap: `replied` comes five times a message."""

    def connected(self) -> None:
        """A client was let in."""
        ...

    def disconnected(self) -> None:
        """A client that was let in is gone."""
        ...

    def turned_away(self, why: str) -> None:
        """A client was not let in: `connections`, `connections_per_client` or `proxy`."""
        ...

    def replied(self, code: int) -> None:
        """A reply was sent."""
        ...

    def received(self, octets: int) -> None:
        """A message has arrived whole and goes to the relay."""
        ...

    def tls_started(self, tls: Tls) -> None:
        """A handshake succeeded."""
        ...

    def tls_failed(self, why: str) -> None:
        """A handshake failed; `why` is for people."""
        ...

    def timed_out(self, waiting_for: str) -> None:
        """A client was cut off: too slow with a `command`, with `data` or its data `rate`."""
        ...
