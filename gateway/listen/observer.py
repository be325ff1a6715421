"""What connections tell whoever counts, whatever is spoken on them. `gateway.app` puts the metrics behind it."""

from typing import Protocol

from gateway.mail.origin import Tls


class Observer(Protocol):
    """One per listener. The calls come from the event loop and must be cheap."""

    def connected(self) -> None:
        """A client was let in."""
        ...

    def disconnected(self) -> None:
        """A client that was let in is gone."""
        ...

    def turned_away(self, why: str) -> None:
        """A client was not let in: `connections`, `connections_per_client` or `proxy`."""
        ...

    def tls_started(self, tls: Tls) -> None:
        """A handshake succeeded."""
        ...

    def tls_failed(self, why: str) -> None:
        """A handshake failed; `why` is for people."""
        ...

    def timed_out(self, waiting_for: str) -> None:
        """A client was cut off: it was too slow with this."""
        ...
