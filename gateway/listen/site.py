"""What a connection is told of its listener, whatever is spoken there."""

import ssl
from typing import Protocol

from gateway.listen.admission import Admission
from gateway.listen.config import Listener, Room
from gateway.listen.observer import Observer
from gateway.listen.peer import EndPoint
from gateway.mail.units import Seconds


class Times(Room, Protocol):
    """The limits of a listener that hold before anything is said, and when all is over."""

    @property
    def handshake(self) -> Seconds:
        """For a TLS handshake, and for a PROXY header."""
        ...

    @property
    def shutdown(self) -> Seconds:
        """That what is under way has to end when the gateway stops."""
        ...


class Site(Protocol):
    """A listener ready to serve. Never changes: a reload makes a new one, which later connections get."""

    @property
    def listener(self) -> Listener:
        """As configured."""
        ...

    @property
    def room(self) -> Times:
        """Who may connect, and for how long without a word."""
        ...

    @property
    def pace(self) -> float:
        """Seconds between two looks at all connections: time-outs are this exact."""
        ...

    @property
    def admission(self) -> Admission:
        """Of the worker."""
        ...

    @property
    def observer(self) -> Observer:
        """Whoever counts."""
        ...

    @property
    def tls(self) -> ssl.SSLContext | None:
        """For STARTTLS and implicit TLS; None: neither is possible."""
        ...

    @property
    def end_point(self) -> EndPoint:
        """Of the contexts that TLS ends up with."""
        ...

    def accepts_proxy(self, ip: str) -> bool:
        """Whether this peer may tell us, in a PROXY header, who the client is."""
        ...
