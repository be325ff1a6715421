"""The real receiving side on a free loopback port, with a fake relay behind it."""

import asyncio
import functools
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network

from typing_extensions import override

from gateway.certificates.contexts import self_signed_context
from gateway.mail.domain import parse_domain
from gateway.mail.origin import Tls
from gateway.receive.admission import Admission
from gateway.receive.config import Limits, Listener, ListenerProtocol, ListenerTls
from gateway.receive.observer import Observer
from gateway.receive.server import Server, serve
from gateway.receive.service import Network, Surroundings
from gateway.relay.acceptance import Acceptor
from tests.support.fake_acceptor import FakeAcceptor

LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"),)


@dataclass
class Notes(Observer):
    """Remembers what it is told."""

    codes: list[int] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, event: str) -> None:
        self.events.append(event)
        self.news.set()

    async def until(self, event: str) -> None:
        """Wait for an event that begins like this."""
        while not any(each.startswith(event) for each in self.events):
            self.news.clear()
            await self.news.wait()

    @override
    def connected(self) -> None:
        self.note("connected")

    @override
    def disconnected(self) -> None:
        self.note("disconnected")

    @override
    def turned_away(self, why: str) -> None:
        self.note(f"turned away: {why}")

    @override
    def replied(self, code: int) -> None:
        self.codes.append(code)

    @override
    def received(self, octets: int) -> None:
        self.note(f"received {octets}")

    @override
    def tls_started(self, tls: Tls) -> None:
        self.note(f"tls: {tls.version}")

    @override
    def tls_failed(self, why: str) -> None:
        self.note("tls failed")

    @override
    def timed_out(self, waiting_for: str) -> None:
        self.note(f"timed out: {waiting_for}")


@functools.cache
def server_context() -> ssl.SSLContext:
    return self_signed_context("mail.home.example")


@functools.cache
def client_context() -> ssl.SSLContext:
    """Takes any certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def listener(
    protocol: ListenerProtocol = ListenerProtocol.SMTP,
    tls: ListenerTls = ListenerTls.STARTTLS,
    *,
    proxy_protocol: bool = False,
) -> Listener:
    return Listener("test", protocol, "127.0.0.1:0", tls, proxy_protocol)


def surroundings(
    tls: ssl.SSLContext | None = None, trusted: tuple[Network, ...] = LOOPBACK, observer: Observer | None = None
) -> Surroundings:
    return Surroundings(parse_domain("mail.home.example"), trusted, tls, Admission(), observer or Notes())


@dataclass
class Receiver:
    server: Server
    port: int
    acceptor: FakeAcceptor
    notes: Notes


@asynccontextmanager
async def receiver(
    which: Listener | None = None,
    limits: Limits | None = None,
    acceptor: FakeAcceptor | None = None,
    around: Surroundings | None = None,
) -> AsyncIterator[Receiver]:
    acceptor = acceptor or FakeAcceptor()
    around = around or surroundings()
    assert isinstance(around.observer, Notes)
    async with listening(which or listener(), limits or Limits(), acceptor, around) as (server, port):
        yield Receiver(server, port, acceptor, around.observer)


@asynccontextmanager
async def listening(
    which: Listener, limits: Limits, acceptor: Acceptor, around: Surroundings
) -> AsyncIterator[tuple[Server, int]]:
    """The server for any relay, and its port."""
    sock = socket.create_server(("127.0.0.1", 0))
    server = await serve(sock, which, limits, acceptor, around)
    try:
        yield server, int(sock.getsockname()[1])
    finally:
        await asyncio.wait_for(server.close(), 10)
