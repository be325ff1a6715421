"""What all sessions of a listener share."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass

from gateway.imap.capability_names import CapabilityName
from gateway.imap.config import ImapConfig
from gateway.imap.observer import Observer
from gateway.imap.people import People
from gateway.listen.admission import Admission
from gateway.listen.config import Listener, ListenerTls
from gateway.listen.logins import Logins
from gateway.listen.peer import EndPoint, no_end_point
from gateway.listen.site import Times
from gateway.mail.address import Address
from gateway.mail.ip import Network, in_networks
from gateway.mail.units import Timestamp
from gateway.mailbox.views import Views
from gateway.store.protocol.store import Store


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a listener is given beside what IMAP is configured to."""

    listener: Listener
    room: Times
    admission: Admission
    observer: Observer
    tls: ssl.SSLContext | None = None
    """For STARTTLS and implicit TLS; None: neither is possible. It may choose another by the name asked for (SNI)."""
    trusted: tuple[Network, ...] = ()
    """Who may send a PROXY header where the listener does not say so itself."""
    end_point: EndPoint = no_end_point
    """Of the contexts that TLS ends up with."""
    failed_logins: int = 3
    """Log-ins that a connection may try in vain."""


@dataclass(frozen=True, slots=True)
class Service:
    """A listener ready to serve. Never changes: a reload makes a new one, which later connections get."""

    hostname: str
    config: ImapConfig
    logins: Logins
    store: Store
    views: Views
    people: People
    clock: Callable[[], Timestamp]
    surroundings: Surroundings

    @property
    def listener(self) -> Listener:
        """As configured."""
        return self.surroundings.listener

    @property
    def room(self) -> Times:
        """Who may connect, and for how long without a word."""
        return self.surroundings.room

    @property
    def admission(self) -> Admission:
        """Of the worker."""
        return self.surroundings.admission

    @property
    def observer(self) -> Observer:
        """Whoever counts."""
        return self.surroundings.observer

    @property
    def tls(self) -> ssl.SSLContext | None:
        """None: the listener offers none."""
        return self.surroundings.tls if self.listener.tls is not ListenerTls.NONE else None

    @property
    def end_point(self) -> EndPoint:
        """Of the contexts that TLS ends up with."""
        return self.surroundings.end_point

    @property
    def pace(self) -> float:
        """Seconds between two looks at all connections: time-outs are this exact."""
        config = self.config
        shortest = min(config.idle, config.greeting, config.stalled, config.keepalive or config.idle)
        return max(0.01, min(5.0, shortest / 4, self.room.handshake / 4))

    def accepts_proxy(self, ip: str) -> bool:
        """Whether this peer may tell us, in a PROXY header, who the client is."""
        return in_networks(ip, self.listener.proxies or self.surroundings.trusted)

    def without(self, ip: str, account: Address | None = None) -> frozenset[str]:
        """Names of the capabilities that a client is not offered; `account`: who it has logged in as."""
        found: set[CapabilityName] = set(self.config.without)
        for each in self.config.exemptions:
            here = each.listener in (None, self.listener.name) and (not each.client or in_networks(ip, each.client))
            if here and (each.account is None or (account is not None and each.account.key == account.key)):
                found.update(each.without)
        return frozenset(found)
