"""What all sessions of a listener share: who we are, what we offer, and whom we ask."""

import functools
import ssl
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from gateway.mail.domain import Domain
from gateway.receive.admission import Admission
from gateway.receive.config import Limits, Listener, ListenerProtocol, ListenerTls
from gateway.receive.observer import Observer
from gateway.relay.acceptance import Acceptor
from gateway.smtp.extensions import EXTENSIONS
from gateway.smtp.extensions.base import Offer

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a listener is given beside its configuration."""

    hostname: Domain
    trusted: tuple[Network, ...]
    """May relay without a password."""
    tls: ssl.SSLContext | None
    """For STARTTLS and implicit TLS; None: neither is possible."""
    admission: Admission
    observer: Observer


class Service:
    """A listener ready to serve. Never changes: a reload makes a new one, which later connections get."""

    def __init__(self, listener: Listener, limits: Limits, acceptor: Acceptor, surroundings: Surroundings) -> None:
        self.listener = listener
        self.limits = limits
        self.acceptor = acceptor
        self.observer = surroundings.observer
        self.admission = surroundings.admission
        self.tls = surroundings.tls if listener.tls is not ListenerTls.NONE else None
        self.lmtp = listener.protocol is ListenerProtocol.LMTP
        self.hostname = surroundings.hostname.ascii
        self.greeting = f"220 {self.hostname} {'LMTP' if self.lmtp else 'ESMTP'} ready\r\n".encode()
        self.extended_greeting = self._extended_greeting(under_tls=False)
        self.extended_greeting_under_tls = self._extended_greeting(under_tls=True)
        self._trusted = surroundings.trusted
        self._proxies = listener.proxies or surroundings.trusted
        self.trusts = functools.lru_cache(maxsize=4096)(self._trusts)

    def accepts_proxy(self, ip: str) -> bool:
        """Whether this peer may tell us, in a PROXY header, who the client is."""
        return _within(ip, self._proxies)

    def _trusts(self, ip: str) -> bool:
        return _within(ip, self._trusted)

    def _extended_greeting(self, *, under_tls: bool) -> tuple[str, ...]:
        offer = Offer(self.limits.message_size, self.limits.recipients, self.tls is not None, under_tls)
        lines = [line for extension in EXTENSIONS if (line := extension.announce(offer))]
        return (self.hostname, *lines)


def client_address(peer: object) -> str:
    """The address of a socket's peer, IPv4 written as IPv4 however it came; "" where there is none: nobody we trust."""
    if not isinstance(peer, tuple) or not peer:
        return ""
    address = ip_address(str(peer[0]).partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def _within(ip: str, networks: tuple[Network, ...]) -> bool:
    if not ip:
        return False
    address = ip_address(ip)
    return any(address in network for network in networks)
