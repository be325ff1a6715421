"""Hints within a process and between the processes of a host, as Unix datagrams.

Each process that watches binds `DATA/run/hints/PID-RANDOM.sock`; whoever tells sends to all that are there. A datagram
is pairs of an account and a moment, 8 octets each, little-endian. One that does not fit into a receiver's queue is
dropped: a hint may be lost. A socket that nobody has bound belongs to a process that died, and is removed.
"""

import asyncio
import contextlib
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from typing_extensions import override

from gateway.auth.authenticator import AccountId
from gateway.store.embedded.run_folder import RUN, names_in, open_run_folder
from gateway.store.model import ModSeq
from gateway.store.protocol.feed import Hints

FOLDER: Final = "hints"

_PAIR = struct.Struct("<qq")
_SUFFIX = ".sock"
_PAIRS = 1000
"""Of a datagram."""
_DATAGRAMS = 64
"""Taken at once: then other work of the loop has its turn."""
_GATHERED = 0.01
"""Seconds between two datagrams at least: where mail pours in, one tells of many accounts."""

Heard = Callable[[ModSeq], None]


class HostHints(Hints):
    """Of one process. Made anywhere; once something is watched, or `work_on` was called, it belongs to that event
    loop. Within the process hints are told at once, to others after a moment where the last are not long ago."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._watched: dict[AccountId, dict[object, Heard]] = {}
        self._all: Callable[[AccountId, ModSeq], None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listens = False
        self._ear: _Ear | None = None
        self._turn = threading.Lock()
        self._pending: dict[AccountId, ModSeq] = {}
        self._leaving: dict[AccountId, ModSeq] = {}
        self._said_at = float("-inf")

    def work_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tell from this loop, also where nobody here watches: then what is told of together goes out together."""
        if self._loop is None:
            self._loop = loop

    def close(self) -> None:
        """Hear and tell nothing any more. Safe to call twice."""
        ear, self._ear = self._ear, None
        self._loop = None
        self._listens = False
        self._watched.clear()
        self._all = None
        self._say(_latest(self._leaving, self._take()))
        self._leaving = {}
        if ear is not None:
            ear.close()

    @override
    def watch(self, account: AccountId, heard: Heard) -> Callable[[], None]:
        self._listen()
        key = object()
        self._watched.setdefault(account, {})[key] = heard

        def end() -> None:
            watchers = self._watched.get(account, {})
            watchers.pop(key, None)
            if not watchers:
                self._watched.pop(account, None)

        return end

    def watch_all(self, heard: Callable[[AccountId, ModSeq], None]) -> None:
        """Of every account, until `close`; for one listener. `heard` as in `watch`."""
        self._listen()
        self._all = heard

    @override
    def tell(self, account: AccountId, at: ModSeq) -> None:
        with self._turn:
            first = not self._pending
            self._pending[account] = max(at, self._pending.get(account, at))
        if first:
            self._soon()

    def _soon(self) -> None:
        """What is told until the loop comes round goes out together."""
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._flush)
                return
        self._say(self._take())

    def _flush(self) -> None:
        """On the loop."""
        pending = self._take()
        for account, at in pending.items():
            self._dispatch(account, at)
        if self._loop is None:
            self._say(pending)
            return
        waits = bool(self._leaving)
        self._leaving = _latest(self._leaving, pending)
        if not waits:
            self._leave(self._loop)

    def _leave(self, loop: asyncio.AbstractEventLoop) -> None:
        """To other processes: now, or a moment after the last time."""
        wait = self._said_at + _GATHERED - loop.time()
        if wait > 0:
            loop.call_later(wait, self._left)
        else:
            self._left()

    def _left(self) -> None:
        leaving, self._leaving = self._leaving, {}
        if self._loop is not None:
            self._said_at = self._loop.time()
        if leaving:
            self._say(leaving)

    def _take(self) -> dict[AccountId, ModSeq]:
        with self._turn:
            pending, self._pending = self._pending, {}
        return pending

    def _say(self, pending: dict[AccountId, ModSeq]) -> None:
        ear = self._ear
        packed = b"".join(_PAIR.pack(account, at) for account, at in pending.items())
        with contextlib.suppress(OSError):
            _send(self._data / RUN / FOLDER, packed, but="" if ear is None else ear.name)

    def _dispatch(self, account: AccountId, at: ModSeq) -> None:
        for heard in tuple(self._watched.get(account, {}).values()):
            heard(at)
        if self._all is not None:
            self._all(account, at)

    def _listen(self) -> None:
        """A process that cannot bind hears only itself: hints may be lost."""
        if not self._listens:
            self._listens = True
            self._loop = asyncio.get_running_loop()
            with contextlib.suppress(OSError):
                self._ear = _Ear(self._data, self._loop, self._dispatch)


def _latest(one: dict[AccountId, ModSeq], other: dict[AccountId, ModSeq]) -> dict[AccountId, ModSeq]:
    return one | {account: max(at, one.get(account, at)) for account, at in other.items()}


class _Ear:
    """The bound socket of this process."""

    def __init__(
        self, data: Path, loop: asyncio.AbstractEventLoop, dispatch: Callable[[AccountId, ModSeq], None]
    ) -> None:
        self._loop = loop
        self._dispatch = dispatch
        self.name = f"{os.getpid()}-{os.urandom(6).hex()}{_SUFFIX}"
        self._folder = open_run_folder(data, FOLDER)
        try:
            self._socket = _bound(self._folder, self.name)
        except OSError:
            os.close(self._folder)
            raise
        loop.add_reader(self._socket, self._receive)

    def close(self) -> None:
        if not self._loop.is_closed():
            self._loop.remove_reader(self._socket)
        with contextlib.suppress(OSError):
            os.unlink(self.name, dir_fd=self._folder)
        self._socket.close()
        os.close(self._folder)

    def _receive(self) -> None:
        """The latest moment of an account is enough."""
        heard: dict[int, int] = {}
        with contextlib.suppress(BlockingIOError):
            for _ in range(_DATAGRAMS):
                for account, at in _pairs(self._socket.recv(_PAIRS * _PAIR.size)):
                    heard[account] = max(at, heard.get(account, at))
        for account, at in heard.items():
            self._dispatch(AccountId(account), ModSeq(at))


def _pairs(datagram: bytes) -> Iterator[tuple[int, int]]:
    """Nothing, where it is none of ours."""
    return _PAIR.iter_unpack(datagram) if len(datagram) % _PAIR.size == 0 else iter(())


def _bound(folder: int, name: str) -> socket.socket:
    sock = _datagrams()
    try:
        sock.bind(_path(folder, name))
        file = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        try:
            Path(f"/proc/self/fd/{file}").chmod(0o600)
        finally:
            os.close(file)
        _give_socket(folder, name)
    except OSError:
        sock.close()
        raise
    return sock


def _give_socket(folder: int, name: str) -> None:
    owner = os.fstat(folder)
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.chown(name, owner.st_uid, owner.st_gid, dir_fd=folder, follow_symlinks=False)


def _datagrams() -> socket.socket:
    return socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)


def _path(folder: int, name: str) -> str:
    """A name that the system takes for a socket, however deep the folder is (unix(7): 107 octets)."""
    return f"/proc/self/fd/{folder}/{name}"


def _send(path: Path, packed: bytes, *, but: str) -> None:
    """To all who listen. Where nobody ever has, there is no folder, and none is made. Raises OSError."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        with _datagrams() as sock:
            for name in names_in(folder, _SUFFIX):
                if name != but:
                    _send_to(sock, folder, name, packed)
    finally:
        os.close(folder)


def _send_to(sock: socket.socket, folder: int, name: str, packed: bytes) -> None:
    step = _PAIRS * _PAIR.size
    try:
        for start in range(0, len(packed), step):
            sock.sendto(packed[start : start + step], _path(folder, name))
    except ConnectionRefusedError:
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=folder)
    except OSError:
        return
