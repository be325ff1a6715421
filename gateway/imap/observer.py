"""What IMAP tells whoever counts. `gateway.app` puts the metrics behind it."""

from dataclasses import dataclass
from typing import Protocol

from gateway.listen import observer


@dataclass(frozen=True, slots=True)
class Ended:
    """A connection that is over."""

    account: str
    """Its address; empty: it never logged in."""
    client: str
    program: str
    """What it said it was (RFC 2971), safe for logs."""
    commands: int
    octets_in: int
    octets_out: int
    seconds: float
    why: str
    """`logout`, `gone`, or what it was told."""


class Observer(observer.Observer, Protocol):
    """One per listener. Clients are cut off that are too slow to `log-in`, that are `idle` for too long, that do not
    read (`stalled`), in their `handshake`."""

    def commanded(self, name: str, result: str, seconds: float) -> None:
        """A command has ended in `ok`, `no` or `bad`. `name`: one of those that there are, or `unknown`."""
        ...

    def carried(self, octets_in: int, octets_out: int) -> None:
        """More octets came and went: compressed where they are, without what TLS adds."""
        ...

    def idling(self, change: int) -> None:
        """So many more sessions are in IDLE."""
        ...

    def ended(self, session: Ended) -> None:
        """A connection is over that was spoken on: called once, and not where it ends in a handshake."""
        ...
