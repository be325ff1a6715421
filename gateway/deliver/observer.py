"""What delivery tells whoever counts."""

from enum import StrEnum
from typing import Protocol

from typing_extensions import override


class Trouble(StrEnum):
    """Why there is no session with a host."""

    DNS = "dns"
    CONNECT = "connect"
    GREETING = "greeting"
    TLS = "tls"
    AUTH = "auth"


class Observer(Protocol):
    """Called on the event loop; must be quick and must not raise."""

    def connected(self, hop_key: str, *, tls: bool) -> None:
        """A new connection is ready."""
        ...

    def disconnected(self, hop_key: str) -> None:
        """A connection that was ready has ended."""
        ...

    def reused(self, hop_key: str) -> None:
        """A kept connection carries another message."""
        ...

    def trouble(self, hop_key: str, kind: Trouble) -> None:
        """A host or its name could not be used."""
        ...


class Unobserved(Observer):
    """Counts nothing."""

    @override
    def connected(self, hop_key: str, *, tls: bool) -> None:
        """Nothing is counted."""

    @override
    def disconnected(self, hop_key: str) -> None:
        """Nothing is counted."""

    @override
    def reused(self, hop_key: str) -> None:
        """Nothing is counted."""

    @override
    def trouble(self, hop_key: str, kind: Trouble) -> None:
        """Nothing is counted."""
