"""Memory of idle IMAP connections: logged in, a mailbox selected, in IDLE, and still told news."""

import resource
import socket
import time
import zlib
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from tests.support import processes
from tests.support.gateway_process import Gateway
from tests.support.receiver import client_context
from tests.support.smtp_client import submit

LIMIT: Final = 60 * 1024
"""Octets per connection under TLS that are not to be exceeded."""
ACCOUNT: Final = "al@home.example"
_RAW: Final = -15
_REST: Final = 5.0
"""Seconds after which a compressed connection has let go of what it does not need."""


@dataclass(frozen=True)
class Idle:
    """How a connection idles."""

    tls: bool = True
    compressed: bool = False
    selected: bool = True


class Session:
    """As small a client as can be: a blocking socket."""

    def __init__(self, port: int, *, tls: bool) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        if tls:
            self._socket = client_context().wrap_socket(self._socket)
        self._deflate: zlib._Compress | None = None
        self._inflate: zlib._Decompress | None = None
        self._until(b"* OK")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def command(self, line: bytes, end: bytes = b"\na ") -> None:
        """Up to its tagged response, which has to be OK."""
        octets = b"a " + line + b"\r\n"
        if self._deflate is not None:
            octets = self._deflate.compress(octets) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        self._socket.sendall(octets)
        answer = self._until(end)
        if end == b"\na " and b"\na OK" not in b"\n" + answer:
            raise AssertionError(f"{line!r}: {answer!r}")

    def compress(self) -> None:
        """From here on both sides do (RFC 4978)."""
        self.command(b"COMPRESS DEFLATE")
        self._deflate, self._inflate = zlib.compressobj(wbits=_RAW), zlib.decompressobj(_RAW)

    def heard(self) -> bytes:
        """What comes next."""
        return self._socket.recv(65_536)

    def _until(self, end: bytes) -> bytes:
        found = b"\n"
        while end not in found or not found.endswith(b"\r\n"):
            data = self._socket.recv(65_536)
            if not data:
                raise AssertionError(f"the connection was closed after {found!r}")
            found += self._inflate.decompress(data) if self._inflate is not None else data
        return found


def octets_per_connection(folder: Path, connections: int, way: Idle) -> float:
    """Growth of the worker's resident memory by so many connections, per connection."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    room = {"connections": connections + 100, "connections_per_client": connections + 100}
    routes = [{"name": "all", "deliver": "mailbox"}]
    config = {"workers": 1, "routes": routes, "domains": [{"name": "home.example"}], "limits": room}
    with Gateway(folder, config) as gateway, ExitStack() as stack:
        password = gateway.account(ACCOUNT)
        # What is made once, at the first use, is not counted: libraries, the account's database, threads.
        for _ in range(20):
            stack.enter_context(_idling(gateway, password, way))
        before = _memory(gateway)
        sessions = [stack.enter_context(_idling(gateway, password, way)) for _ in range(connections)]
        time.sleep(_REST if way.compressed else 0)
        grown = _memory(gateway) - before
        if way.selected and not way.compressed:
            _still_told(gateway, sessions)
        return grown / connections


def _idling(gateway: Gateway, password: str, way: Idle) -> Session:
    session = Session(gateway.imaps_port if way.tls else gateway.imap_port, tls=way.tls)
    session.command(f"LOGIN {ACCOUNT} {password}".encode())
    if way.selected:
        session.command(b"SELECT INBOX")
    if way.compressed:
        session.compress()
    session.command(b"IDLE", b"\n+ ")
    return session


def _memory(gateway: Gateway) -> int:
    return sum(processes.resident(pid) for pid in gateway.workers)


def _still_told(gateway: Gateway, sessions: list[Session]) -> None:
    with gateway.smtp() as client:
        submit(client, "bo@sender.example", [ACCOUNT], b"Subject: news\r\n\r\nx\r\n")
    for session in sessions[:: max(1, len(sessions) // 20)]:
        if b" EXISTS" not in session.heard():
            raise AssertionError("an idle session was not told of news")


if __name__ == "__main__":
    import sys
    import tempfile

    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for each in (Idle(), Idle(tls=False), Idle(selected=False), Idle(compressed=True)):
        with tempfile.TemporaryDirectory() as name:
            print(f"{each}: {octets_per_connection(Path(name), count, each) / 1024:.1f} KiB")
