"""Many TLS handshakes at once: how long do other connections wait, and the event loop itself?

One process is the server; another opens 1,000 connections at once, each with a TLS handshake of its own, while a
connection without TLS says NOOP every 5 ms and times each answer. Run as `python -m benchmarks.handshakes`.
"""

import asyncio
import datetime
import gc
import multiprocessing
import selectors
import socket
import ssl
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from typing_extensions import override

from benchmarks.latency import percentile
from gateway.listen.config import Listener, ListenerProtocol, ListenerTls
from gateway.receive.config import Limits
from tests.support.fake_acceptor import FakeAcceptor
from tests.support.receiver import listening, surroundings

CLIENTS: Final = 1000
_PACE: Final = 0.005
_QUIET: Final = 0.3
_LIMITS: Final = Limits(connections_per_client=5 * CLIENTS, junk_commands=10**9)


@dataclass(frozen=True)
class Case:
    """What is shaken hands with."""

    key: str
    version: ssl.TLSVersion
    implicit: bool

    @override
    def __str__(self) -> str:
        way = "implicit" if self.implicit else "STARTTLS"
        return f"{self.version.name:8} {self.key:4} {way}"


def write_certificate(path: Path, kind: str) -> None:
    """Certificate and key, of its own making, in one file."""
    key = rsa.generate_private_key(65537, 2048) if kind == "RSA" else ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench.example")])
    start = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=7300))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + certificate.public_bytes(pem))


def client_context(version: ssl.TLSVersion) -> ssl.SSLContext:
    """Takes any certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    return context


class Pipe(Protocol):
    """One end of it."""

    def send(self, what: object) -> None:
        """To the other end."""
        ...

    def poll(self) -> bool:
        """Whether something came."""
        ...

    def fileno(self) -> int:
        """To wait for it."""
        ...


class Handshake:
    """A client's side of one, whose first octets are ready before it begins."""

    def __init__(self, context: ssl.SSLContext, address: tuple[str, int], *, implicit: bool) -> None:
        self.socket = socket.socket()
        self.socket.settimeout(0)
        self.socket.connect_ex(address)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname="bench.example")
        self._script = [] if implicit else [b"EHLO x\r\n", b"STARTTLS\r\n"]
        self._implicit = implicit
        self.done = False

    def begin(self) -> None:
        """Implicit TLS: say the ClientHello."""
        if self._implicit:
            self._shake()

    def go_on(self) -> None:
        """Something came from the server."""
        data = self.socket.recv(65_536)
        if not data:
            raise AssertionError("the server has hung up")
        if self._script:
            self.socket.send(self._script.pop(0))
        else:
            if data[:4] != b"220 ":
                self._in.write(data)
            self._shake()

    def _shake(self) -> None:
        try:
            self._tls.do_handshake()
            self.done = True
        except ssl.SSLWantReadError:
            pass
        if self._out.pending:
            self.socket.send(self._out.read())


def attack(case: Case, address: tuple[str, int]) -> tuple[float, list[Handshake]]:
    """Seconds that all handshakes took; their connections stay open."""
    context = client_context(case.version)
    start = time.perf_counter()
    open_ones = {one.socket.fileno(): one for one in _all(context, address, case)}
    with selectors.EpollSelector() as selector:
        for one in open_ones.values():
            selector.register(one.socket, selectors.EVENT_READ)
            one.begin()
        kept = []
        while open_ones:
            for key, _ in selector.select():
                one = open_ones[key.fd]
                one.go_on()
                if one.done:
                    selector.unregister(one.socket)
                    kept.append(open_ones.pop(key.fd))
    return time.perf_counter() - start, kept


def _all(context: ssl.SSLContext, address: tuple[str, int], case: Case) -> list[Handshake]:
    return [Handshake(context, address, implicit=case.implicit) for _ in range(CLIENTS)]


class Lag:
    """What the loop does between two looks, 1 ms apart: in all, and in CPU time, where other processes do not count."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.busy: list[float] = []

    async def watch(self) -> None:
        """Until it is cancelled."""
        while True:
            before, busy = time.perf_counter(), time.thread_time()
            await asyncio.sleep(0.001)
            self.busy.append(time.thread_time() - busy)
            self.seconds.append(time.perf_counter() - before - 0.001)


async def _serve(certificate: str, pipe: Pipe, *, freeze: bool) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    loop, around, lag, asked = asyncio.get_running_loop(), surroundings(context), Lag(), asyncio.Event()
    implicit = Listener("implicit", ListenerProtocol.SMTP, "127.0.0.1:0", ListenerTls.IMPLICIT)
    plain = Listener("plain", ListenerProtocol.SMTP, "127.0.0.1:0")
    async with (
        listening(implicit, _LIMITS, FakeAcceptor(), around) as (_, implicit_port),
        listening(plain, _LIMITS, FakeAcceptor(), around) as (_, plain_port),
    ):
        if freeze:
            gc.collect()
            gc.freeze()
        pipe.send((implicit_port, plain_port))
        watching = loop.create_task(lag.watch())
        loop.add_reader(pipe.fileno(), asked.set)
        await asked.wait()
        loop.remove_reader(pipe.fileno())
        watching.cancel()
        pipe.send((sorted(lag.seconds), sorted(lag.busy), time.process_time()))


def serve(certificate: str, pipe: Pipe) -> None:
    """The server's process. `--no-freeze`: the garbage collector looks at everything that was there before, too."""
    uvloop.run(_serve(certificate, pipe, freeze="--no-freeze" not in sys.argv))


def probe(port: int, pipe: Pipe) -> None:
    """The process that says NOOP; it answers down the pipe with its times, when told to stop."""
    seconds: list[float] = []
    with socket.create_connection(("127.0.0.1", port)) as wire:
        wire.recv(1000)
        while not pipe.poll():
            before = time.perf_counter()
            wire.sendall(b"NOOP\r\n")
            wire.recv(1000)
            seconds.append(time.perf_counter() - before)
            time.sleep(_PACE)
    pipe.send(sorted(seconds))


def _in_milliseconds(ascending: list[float]) -> str:
    shown = (percentile(ascending, 0.5), percentile(ascending, 0.99), ascending[-1])
    return "".join(f"{1000 * each:8.1f}" for each in shown)


def run(case: Case, certificate: Path) -> str:
    """A line of the table."""
    server_end, server_pipe = multiprocessing.Pipe()
    probe_end, probe_pipe = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(str(certificate), server_pipe))
    server.start()
    implicit, plain = server_end.recv()
    witness = multiprocessing.Process(target=probe, args=(plain, probe_pipe))
    witness.start()
    time.sleep(_QUIET)
    took, kept = attack(case, ("127.0.0.1", implicit if case.implicit else plain))
    probe_end.send(None)
    trips = probe_end.recv()
    server_end.send(None)
    lag, busy, cpu = server_end.recv()
    for one in kept:
        one.socket.close()
    witness.join()
    server.join()
    return f"{case!s:24} {took:6.2f} s {cpu:6.2f} s{''.join(map(_in_milliseconds, (trips, lag, busy)))}"


def main() -> None:
    """Print the table."""
    print(
        f"{CLIENTS} handshakes at once; ms (p50, p99, max): NOOP's round trips, the loop's lag, its CPU time in one go"
    )
    versions = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
    with tempfile.TemporaryDirectory() as folder:
        for key in ("RSA", "EC"):
            certificate = Path(folder, f"{key}.pem")
            write_certificate(certificate, key)
            for version in versions:
                for implicit in (True, False):
                    print(run(Case(key, version, implicit), certificate), flush=True)


if __name__ == "__main__":
    main()
