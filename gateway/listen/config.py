"""What can be configured about listeners, whatever is spoken on them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gateway.mail.ip import Network


class ListenerProtocol(StrEnum):
    """What is spoken on a listener. `http` and `metrics` are no mail: the web servers of `gateway.web` listen there."""

    SMTP = "smtp"
    SUBMISSION = "submission"
    LMTP = "lmtp"
    IMAP = "imap"
    HTTP = "http"
    METRICS = "metrics"


class ListenerTls(StrEnum):
    """`starttls`: offered; `implicit`: from the first octet (RFC 8314 3.3); `none`: not offered."""

    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True)
class Listener:
    """One address to listen on."""

    name: str
    """Names it in logs, metrics and the `listener` condition of routes."""
    protocol: ListenerProtocol
    bind: str
    """`127.0.0.1:2525`, `[::1]:2525`, `*:25`."""
    tls: ListenerTls = ListenerTls.STARTTLS
    proxy_protocol: bool = False
    """Whether each connection begins with a PROXY header (version 1 or 2)."""
    proxies: tuple[Network, ...] = ()
    """Who may send a PROXY header; anyone else is turned away. Empty: the trusted networks."""
    auth: bool | None = None
    """Whether clients can log in (RFC 4954): under TLS, and in the clear from this machine alone. Left out: with
    `submission`. Never over LMTP."""
    require_tls: bool = False
    """Whether MAIL waits for TLS, whoever the client is (RFC 3207 4). Passwords do without it; servers that anybody on
    the Internet sends to must not."""

    @property
    def offers_auth(self) -> bool:
        """Whether clients can log in."""
        if self.protocol is ListenerProtocol.SMTP:
            return self.auth is True
        return self.protocol is ListenerProtocol.SUBMISSION and self.auth is not False


class Room(Protocol):
    """How many may connect, and how long they may take to say anything."""

    @property
    def connections(self) -> int:
        """To one worker."""
        ...

    @property
    def connections_per_client(self) -> int:
        """Of one address to one worker."""
        ...
