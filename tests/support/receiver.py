"""The real receiving side on a free loopback port, with a fake relay behind it."""

import asyncio
import datetime
import functools
import socket
import ssl
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from typing_extensions import override

from gateway.accounts.sessions import LiveSessions
from gateway.auth.authenticator import Authenticator
from gateway.auth.config import SaslConfig
from gateway.auth.mechanisms import offered
from gateway.certificates.contexts import self_signed_context
from gateway.listen.admission import Admission
from gateway.listen.config import Listener, ListenerProtocol, ListenerTls
from gateway.listen.logins import Logins
from gateway.mail.domain import parse_domain
from gateway.mail.ip import Network
from gateway.mail.origin import Tls
from gateway.mail.units import Timestamp
from gateway.receive.config import Limits
from gateway.receive.observer import Observer
from gateway.receive.server import Server, serve
from gateway.receive.service import Surroundings
from gateway.relay.acceptance import Acceptor
from tests.support.fake_acceptor import FakeAcceptor

NOW = Timestamp(1_800_000_000)
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
    return any_server_context()


def any_server_context() -> ssl.SSLContext:
    """As `client_context`, a new one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Authority:
    """Issues certificates to clients."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "clients")])
        certificate = self._builder(self._name, self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        self._certificate = certificate.sign(self._key, hashes.SHA256())

    def server_context(self) -> ssl.SSLContext:
        """Asks clients for a certificate, and does without."""
        context = self_signed_context("mail.home.example")
        context.load_verify_locations(cadata=_pem(self._certificate).decode())
        context.verify_mode = ssl.CERT_OPTIONAL
        return context

    def client_context(self, address: str) -> ssl.SSLContext:
        """Of somebody with that address."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "client")])
        names = x509.SubjectAlternativeName([x509.RFC822Name(address)])
        certificate = self._builder(subject, key).add_extension(names, critical=False).sign(self._key, hashes.SHA256())
        context = any_server_context()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "client.pem")
            form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            file.write_bytes(key.private_bytes(serialization.Encoding.PEM, *form) + _pem(certificate))
            context.load_cert_chain(file)
        return context

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        start = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + datetime.timedelta(days=7300))
        )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


@functools.cache
def authority() -> Authority:
    """The one that servers of these tests know."""
    return Authority()


def listener(
    protocol: ListenerProtocol = ListenerProtocol.SMTP,
    tls: ListenerTls = ListenerTls.STARTTLS,
    *,
    proxy_protocol: bool = False,
) -> Listener:
    return Listener("test", protocol, "127.0.0.1:0", tls, proxy_protocol)


def logins(authenticator: Authenticator, config: SaslConfig | None = None) -> Logins:
    """AUTH with everything that `config` allows, tokens as well."""
    config = config or SaslConfig()
    sessions = LiveSessions(0)
    return Logins(
        lambda channel: offered(config, channel, oauth=True), authenticator, sessions, lambda: NOW, lambda _login: True
    )


def surroundings(
    tls: ssl.SSLContext | None = None,
    trusted: tuple[Network, ...] = LOOPBACK,
    observer: Observer | None = None,
    known: Logins | None = None,
) -> Surroundings:
    return Surroundings(parse_domain("mail.home.example"), trusted, tls, Admission(), observer or Notes(), known)


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
