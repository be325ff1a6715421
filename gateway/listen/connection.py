"""A connection below its protocol: PROXY header, admission, TLS, and a transport that is read no faster than we work.

A protocol's connection is a subclass: it is given what arrives between `_begin` and `_forget`. An idle connection holds
no task, no timer and no buffer.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from typing import Protocol, cast

from typing_extensions import override

from gateway.listen.config import ListenerTls
from gateway.listen.eager import Suspended, start
from gateway.listen.handshake import HandshakeFailed, Ours, Secured, secure, secured
from gateway.listen.peer import client_address
from gateway.listen.proxy import BadProxyHeader, header_length, proxied_client
from gateway.listen.site import Site
from gateway.listen.turns import Turns

log = logging.getLogger(__name__)


class Registry(Protocol):
    """Who keeps the connections, to stop them all."""

    @property
    def turns(self) -> Turns:
        """For their handshakes, and for what they read."""
        ...

    def arrived(self, connection: "Connection") -> None:
        """It is open."""
        ...

    def gone(self, connection: "Connection") -> None:
        """It is closed. Called once."""
        ...


class Connection(asyncio.Protocol, ABC):
    """From accept to close."""

    __slots__ = (
        "_admitted",
        "_early",
        "_half_closed",
        "_header_due",
        "_ip",
        "_reading",
        "_registry",
        "_securing",
        "_site",
        "_stopping",
        "_talking",
        "_task",
        "_under_tls",
        "_wire",
        "_writable",
    )

    def __init__(self, site: Site, registry: Registry) -> None:
        self._site = site
        self._registry = registry
        self._wire: asyncio.Transport | None = None
        self._ip = ""
        self._admitted = False
        self._header_due = site.listener.proxy_protocol
        self._talking = False
        self._early = b""
        self._task: asyncio.Task[None] | None = None
        self._securing = False
        self._under_tls = False
        self._reading = True
        self._writable = True
        self._half_closed = False
        self._stopping = False

    # What a protocol says to it

    @abstractmethod
    def _begin(self, found: Secured | None, *, greet: bool) -> None:
        """The client may speak. Not `greet`: it was greeted before STARTTLS, of which nothing else is remembered."""

    @abstractmethod
    def _received(self, data: bytes) -> None:
        """From the client, between `_begin` and `_forget`."""

    @abstractmethod
    def _forget(self) -> None:
        """The client is gone, or begins anew under TLS."""

    @abstractmethod
    def _refusal(self, why: str) -> bytes:
        """What is said to a client for whom there is no room: `connections` or `connections_per_client`."""

    @property
    @abstractmethod
    def _owing(self) -> bool:
        """A reply is still owed to a client that sends no more."""

    @abstractmethod
    def _go_on(self) -> None:
        """It is this connection's turn, or the client reads again."""

    @abstractmethod
    def stop(self) -> None:
        """Finish what is under way, then say so and close. `_stopping` is set before it converses: then it follows."""

    @abstractmethod
    def look(self, now: float) -> None:
        """End it if the client is too slow. Called now and then."""

    # What the event loop says

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._wire = cast("asyncio.Transport", transport)
        self._ip = client_address(transport.get_extra_info("peername"))
        self._registry.arrived(self)
        if not self._ip:
            # Reset before it was accepted: what it sent can still be read, but nobody can say who sent it.
            self._wire.abort()
        elif not self._header_due:
            self._admit()
        elif not self._site.accepts_proxy(self._ip):
            self._turn_away("proxy", b"")

    @override
    def data_received(self, data: bytes) -> None:
        if self._talking:
            self._received(data)
        elif self._wire is not None and not self._wire.is_closing():
            self._early += data
            if self._header_due:
                self._read_proxy_header()

    @override
    def eof_received(self) -> bool:
        """Whether to keep the way back open: a reply is still owed, and plain TCP can be half closed."""
        self._half_closed = True
        return self._owing and not self._under_tls

    @override
    def connection_lost(self, error: Exception | None) -> None:
        if self._wire is None:
            return
        self._wire = None
        self._hang_up()
        if self._admitted:
            self._site.admission.leave(self._ip)
            self._site.observer.disconnected()
        self._registry.gone(self)

    @override
    def pause_writing(self) -> None:
        """The client does not read its replies: nothing more is done for it until it does."""
        self._writable = False
        self._pause()

    @override
    def resume_writing(self) -> None:
        self._writable = True
        self._go_on()

    def abort(self) -> None:
        """Close at once."""
        if self._wire is not None:
            self._wire.abort()
        if self._securing and self._task is not None:
            self._task.cancel()
            self.connection_lost(None)

    # Before the first word

    def _admit(self) -> None:
        site = self._site
        obstacle = site.admission.admit(self._ip, site.room)
        if obstacle is not None:
            self._turn_away(obstacle, self._refusal(obstacle))
            return
        self._admitted = True
        site.observer.connected()
        if site.listener.tls is ListenerTls.IMPLICIT:
            self._start_tls()
        else:
            self._converse(None, greet=True)

    def _turn_away(self, why: str, farewell: bytes) -> None:
        self._site.observer.turned_away(why)
        self._header_due = False
        if self._wire is not None:
            if farewell and self._site.listener.tls is not ListenerTls.IMPLICIT:
                self._wire.write(farewell)
            self._wire.close()

    def _read_proxy_header(self) -> None:
        try:
            length = header_length(self._early)
            if length is None:
                return
            client = start(proxied_client(self._early[:length]))
        except BadProxyHeader as error:
            log.warning("PROXY header from %s refused: %s", self._ip, error)
            self._turn_away("proxy", b"")
            return
        self._header_due = False
        self._early = self._early[length:]
        if client is not None and not isinstance(client, Suspended):
            self._ip = client_address((client,))
        self._admit()

    def _converse(self, found: Secured | None, *, greet: bool) -> None:
        self._talking = True
        self._begin(found, greet=greet)
        early, self._early = self._early, b""
        if early:
            self.data_received(early)
        if self._stopping:
            self.stop()

    def _hang_up(self) -> None:
        if self._talking:
            self._talking = False
            self._forget()

    # TLS

    def _start_tls(self) -> None:
        if self._securing:
            return
        self._securing = True
        self._hang_up()
        self._pause()
        self._registry.turns.soon(self._begin_tls)

    def _begin_tls(self) -> None:
        if self._wire is not None and not self._wire.is_closing():
            self._run(self._secure())

    async def _secure(self) -> None:
        """What was pipelined behind STARTTLS is gone with its dialogue (RFC 3207 5, and CVE-2011-0411)."""
        site, wire = self._site, self._wire
        if site.tls is None or wire is None:
            self.abort()
            return
        try:
            ours = Ours(site.tls, site.room.handshake, self._registry.turns)
            self._wire = await secure(wire, self, ours, self._handshake_so_far)
        except HandshakeFailed as error:
            site.observer.tls_failed(str(error))
            wire.abort()
            self.connection_lost(error)
            return
        finally:
            self._task = None
            self._securing = False
        self._reading = self._under_tls = True
        found = secured(self._wire, site.end_point)
        site.observer.tls_started(found.tls)
        self._converse(found, greet=site.listener.tls is ListenerTls.IMPLICIT)

    def _handshake_so_far(self) -> bytes:
        """Behind STARTTLS it can only be plaintext that somebody wants to be taken for what TLS protects."""
        early, self._early = self._early, b""
        return early if self._site.listener.tls is ListenerTls.IMPLICIT else b""

    # Its transport

    def _run(self, work: Coroutine[object, object, None]) -> None:
        self._task = asyncio.get_running_loop().create_task(work)

    def _pause(self) -> None:
        if self._reading and self._wire is not None and not self._wire.is_closing():
            self._reading = False
            self._wire.pause_reading()

    def _resume(self) -> None:
        if not self._reading and self._writable and self._wire is not None and not self._wire.is_closing():
            self._reading = True
            self._wire.resume_reading()
