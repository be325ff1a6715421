"""What all sessions of a listener share: who we are, what we offer, and whom we ask."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from gateway.listen.admission import Admission
from gateway.listen.config import Listener, ListenerProtocol, ListenerTls
from gateway.listen.logins import Logins
from gateway.listen.peer import EndPoint, no_end_point
from gateway.mail.domain import Domain
from gateway.mail.envelope import MailOptions
from gateway.mail.ip import Network, in_networks
from gateway.mail.reply import Reply
from gateway.mail.units import Seconds, Timestamp
from gateway.receive.config import Limits
from gateway.receive.observer import Observer
from gateway.relay.acceptance import Acceptor
from gateway.smtp.extensions import EXTENSIONS
from gateway.smtp.extensions.base import Offer
from gateway.smtp.extensions.futurerelease import Announced, refusal_of_hold

_NO_HOLDING = Announced(Seconds(0), Timestamp(0))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a listener is given beside its configuration."""

    hostname: Domain
    trusted: tuple[Network, ...]
    """May relay without a password."""
    tls: ssl.SSLContext | None
    """For STARTTLS and implicit TLS; None: neither is possible. It may choose another by the name asked for (SNI)."""
    admission: Admission
    observer: Observer
    logins: Logins | None = None
    """For AUTH; None: nobody can log in."""
    end_point: EndPoint = no_end_point
    """Of the contexts that TLS ends up with."""
    holding: "Holding | None" = None
    """For FUTURERELEASE, on submission listeners; None: not offered."""


@dataclass(frozen=True, slots=True)
class Holding:
    """How long mail may be held for its sender (RFC 4865), and the clock that it is counted by."""

    limit: Seconds
    clock: Callable[[], Timestamp]


class Service:
    """A listener ready to serve. Never changes: a reload makes a new one, which later connections get."""

    def __init__(self, listener: Listener, limits: Limits, acceptor: Acceptor, surroundings: Surroundings) -> None:
        self.listener = listener
        self.limits = self.room = limits
        self.acceptor = acceptor
        self.observer = surroundings.observer
        self.admission = surroundings.admission
        self.end_point = surroundings.end_point
        self.tls = surroundings.tls if listener.tls is not ListenerTls.NONE else None
        self.lmtp = listener.protocol is ListenerProtocol.LMTP
        self.hostname = surroundings.hostname.ascii
        self.greeting = f"220 {self.hostname} {'LMTP' if self.lmtp else 'ESMTP'} ready\r\n".encode()
        self.logins = surroundings.logins if listener.offers_auth else None
        submission = listener.protocol is ListenerProtocol.SUBMISSION
        self._holding = surroundings.holding if submission else None
        self._trusted = surroundings.trusted
        self._proxies = listener.proxies or surroundings.trusted
        self.trusts = lru_cache(maxsize=4096)(self._trusts)
        self._greetings = lru_cache(maxsize=64)(self._extended_greeting)

    @property
    def pace(self) -> float:
        """Seconds between two looks at all connections: time-outs are this exact."""
        limits = self.limits
        return max(0.01, min(1.0, limits.command_idle / 4, limits.data_idle / 4, limits.data_grace / 4))

    def accepts_proxy(self, ip: str) -> bool:
        """Whether this peer may tell us, in a PROXY header, who the client is."""
        return in_networks(ip, self._proxies)

    def _trusts(self, ip: str) -> bool:
        return in_networks(ip, self._trusted)

    def refusal_of_hold(self, options: MailOptions, minute: Timestamp) -> Reply | None:
        """Why a message cannot be held for its sender as it asks, in a session whose EHLO was answered then."""
        holding = self._holding
        if holding is None:
            return refusal_of_hold(options, _NO_HOLDING, minute)
        return refusal_of_hold(options, Announced(holding.limit, minute), holding.clock())

    def minute(self) -> Timestamp:
        """What changes with time in the reply to EHLO changes each minute."""
        return Timestamp(self._holding.clock() // 60 * 60) if self._holding else Timestamp(0)

    def extended_greeting(self, mechanisms: tuple[str, ...], minute: Timestamp, *, under_tls: bool) -> tuple[str, ...]:
        """The lines of the reply to EHLO."""
        return self._greetings(mechanisms, minute, under_tls=under_tls)

    def _extended_greeting(self, mechanisms: tuple[str, ...], now: Timestamp, *, under_tls: bool) -> tuple[str, ...]:
        limits = self.limits
        offer = Offer(
            limits.message_size,
            limits.recipients,
            self.tls is not None,
            under_tls,
            mechanisms,
            self._holding.limit if self._holding else Seconds(0),
            now,
        )
        lines = [line for extension in EXTENSIONS if (line := extension.announce(offer))]
        return (self.hostname, *lines)
