"""The control socket of a worker: commands ask who is connected, end sessions, and say that the accounts have changed.

A client writes one line of JSON, the worker answers with one, and the connection ends::

    sessions = {"ask": "sessions"}                                     → {"sessions": [SESSION, …]}
    kick     = {"ask": "kick", "session" / "account": ID, "why": TEXT} → {"kicked": NUMBER}
    changed  = {"ask": "changed"}                                      → {"changed": true}

What is wrong with a request is answered with `{"error": TEXT}`. The sockets are `DATA/run/worker-N.sock`, for the
gateway's own user alone. One that nobody listens on belongs to a worker that died: it is passed over.
"""

import asyncio
import contextlib
import enum
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, cast

import orjson
from typing_extensions import override

from gateway.accounts.model import SessionId, SessionInfo
from gateway.accounts.sessions import LiveSessions
from gateway.auth.authenticator import AccountId, Service
from gateway.mail.address import parse_address
from gateway.mail.units import Seconds, Timestamp

MAX_REQUEST: Final = 4096
"""Octets of a request with its line end."""
MAX_ANSWER: Final = 16 * 1024 * 1024
"""Octets of an answer: some 50,000 sessions."""
PATIENCE: Final = Seconds(3)
"""How long a worker may take to answer, and a client to ask."""

_MAX_PATH = 100
"""Octets of a path that any system takes for a socket (unix(7) has 107 here, others 103)."""
_LATEST = 1e11
"""Seconds: the year 5138."""
_SESSION_TEXTS: Final = ("id", "address", "service", "listener", "client", "tls", "mechanism")

Fields = dict[str, object]


class BadRequest(ValueError):
    """The request is none of ours; the message says why."""


class BadAnswer(ValueError):
    """The answer is none of ours."""


def socket_path(data: Path, worker: int) -> Path:
    """Where a worker listens."""
    return data / "run" / f"worker-{worker}.sock"


class ControlServer:
    """Listens for one worker, on its event loop. `changed` is called when the accounts were changed elsewhere."""

    def __init__(self, path: Path, sessions: LiveSessions, changed: Callable[[], None]) -> None:
        self._path = path
        self._sessions = sessions
        self._changed = changed
        self._server: asyncio.Server | None = None
        self._inode = 0

    async def start(self) -> None:
        """Listen, instead of a dead worker of the same number. Raises OSError."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        sock = _listening(self._path)
        self._inode = self._path.stat().st_ino
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: _Conversation(self.answer), sock=sock)

    async def close(self) -> None:
        """Listen no more; the socket is taken away. Safe to call twice, and before `start`."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
            self._take_away()

    def _take_away(self) -> None:
        """Unless a successor has put its own there already."""
        with contextlib.suppress(OSError):
            if self._path.stat().st_ino == self._inode:
                self._path.unlink()

    def answer(self, line: bytes) -> bytes:
        """The answer to one request, without its line end. Raises nothing for what a client writes."""
        try:
            return orjson.dumps(self._answer(_fields(line)))
        except ValueError as error:
            return orjson.dumps({"error": str(error)})

    def _answer(self, request: Fields) -> Fields:
        match request:
            case {"ask": "sessions"}:
                return {"sessions": [_session_object(info) for info in self._sessions.all()]}
            case {"ask": "kick", "session": str(session), "why": str(why)}:
                return {"kicked": self._kick([SessionId(session)], why)}
            case {"ask": "kick", "account": int(account), "why": str(why)}:
                return {"kicked": self._kick([one.id for one in self._sessions.all() if one.account == account], why)}
            case {"ask": "changed"}:
                self._changed()
                return {"changed": True}
            case _:
                raise BadRequest("that is nothing that a worker can be asked")

    def _kick(self, sessions: Sequence[SessionId], why: str) -> int:
        if not sayable(why):
            raise BadRequest("`why` is said to clients: printable ASCII, at most 200 characters")
        return sum(self._sessions.kick(session, why) for session in sessions)


def sayable(text: str) -> bool:
    """Whether a client of any protocol can be told it: printable ASCII that fits in a line."""
    return text.isascii() and text.isprintable() and 0 < len(text) <= 200


class _Conversation(asyncio.Protocol):
    """One request and its answer."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self._answer = answer
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None
        self._limit: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = wire = cast("asyncio.Transport", transport)
        self._limit = asyncio.get_running_loop().call_later(PATIENCE, wire.abort)

    @override
    def data_received(self, data: bytes) -> None:
        self._received += data
        line, end, _ = self._received.partition(b"\n")
        if end and len(line) < MAX_REQUEST:
            self._say(self._answer(bytes(line)))
        elif len(self._received) >= MAX_REQUEST:
            self._say(orjson.dumps({"error": f"a request has at most {MAX_REQUEST} octets"}))

    def _say(self, answer: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(answer + b"\n")
            self._transport.close()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._limit is not None:
            self._limit.cancel()


@dataclass(frozen=True, slots=True)
class Present:
    """Who is connected. `silent`: the sockets of workers that live and did not answer."""

    sessions: tuple[SessionInfo, ...]
    silent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kicked:
    """How many sessions were told to end."""

    count: int
    silent: tuple[str, ...] = ()


class Workers:
    """All workers of the gateway that runs on a data folder, if one does. Nothing here raises for what they do."""

    def __init__(self, data: Path, patience: Seconds = PATIENCE) -> None:
        self._folder = data / "run"
        self._patience = patience

    async def sessions(self) -> Present:
        """Everybody who is logged in, oldest first."""
        answers, silent = await self._ask({"ask": "sessions"})
        found: list[SessionInfo] = []
        for name, answer in answers.items():
            try:
                found += _sessions_of(answer)
            except ValueError:
                silent.append(name)
        return Present(tuple(sorted(found, key=lambda info: info.since)), tuple(silent))

    async def kick(self, who: SessionId | AccountId, why: str) -> Kicked:
        """End one session, or all of an account. `why`: see `sayable`."""
        key = "account" if isinstance(who, int) else "session"
        answers, silent = await self._ask({"ask": "kick", key: who, "why": why})
        counts = [count for answer in answers.values() if isinstance(count := answer.get("kicked"), int)]
        return Kicked(sum(counts), tuple(silent))

    async def changed(self) -> int:
        """Let every worker look at the accounts now rather than within a second; how many answered."""
        answers, _ = await self._ask({"ask": "changed"})
        return len(answers)

    async def _ask(self, request: Fields) -> tuple[dict[str, Fields], list[str]]:
        """The answers, by the name of the socket; and the names of those that stay silent."""
        paths = sorted(self._folder.glob("worker-*.sock"))
        line = orjson.dumps(request) + b"\n"
        said = await asyncio.gather(*(self._ask_one(path, line) for path in paths))
        answers = {path.name: one for path, one in zip(paths, said, strict=True) if isinstance(one, dict)}
        return answers, [path.name for path, one in zip(paths, said, strict=True) if one is _Silence.SILENT]

    async def _ask_one(self, path: Path, line: bytes) -> "Fields | _Silence":
        try:
            async with asyncio.timeout(self._patience):
                return _fields(await _exchange(path, line))
        except (ConnectionError, FileNotFoundError):
            return _Silence.DEAD
        except (OSError, TimeoutError, ValueError):
            return _Silence.SILENT


class _Silence(enum.Enum):
    DEAD = 0
    SILENT = 1


async def _exchange(path: Path, line: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(sock=_connected(path), limit=MAX_ANSWER)
    try:
        writer.write(line)
        return await reader.readline()
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _connected(path: Path) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        with _short(path) as name:
            sock.connect(name)
    except OSError:
        sock.close()
        raise
    return sock


def _listening(path: Path) -> socket.socket:
    """A socket that has its name only once it listens, and its mode before: nobody else ever gets in."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    fresh = path.with_suffix(".new")
    try:
        fresh.unlink(missing_ok=True)
        with _short(fresh) as name:
            sock.bind(name)
        fresh.chmod(0o600)
        sock.listen()
        fresh.replace(path)
    except OSError:
        sock.close()
        raise
    return sock


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """A name of the path that the system takes for a socket, however deep the folder is."""
    if len(os.fsencode(path)) <= _MAX_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _fields(line: bytes) -> Fields:
    """A JSON object. Raises ValueError."""
    value: object = orjson.loads(line)
    if not isinstance(value, dict):
        raise BadRequest("a JSON object is wanted")
    return value


def _session_object(info: SessionInfo) -> Fields:
    return asdict(info) | {"address": str(info.address), "service": info.service.value}


def _sessions_of(answer: Fields) -> list[SessionInfo]:
    rows = answer.get("sessions")
    if not isinstance(rows, list):
        raise BadAnswer("no sessions")
    return [_session_of(row) for row in rows]


def _session_of(row: object) -> SessionInfo:
    """Raises ValueError."""
    if not isinstance(row, dict):
        raise BadAnswer("no session")
    texts = {key: _text(row.get(key)) for key in _SESSION_TEXTS}
    account, since = row.get("account"), row.get("since")
    if not isinstance(account, int) or not isinstance(since, int | float) or not 0 <= since < _LATEST:
        raise BadAnswer("a session has an account and a beginning")
    return SessionInfo(
        SessionId(texts["id"]),
        AccountId(account),
        parse_address(texts["address"]),
        Service(texts["service"]),
        texts["listener"],
        texts["client"],
        texts["tls"],
        texts["mechanism"],
        Timestamp(since),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadAnswer("a session is described in text")
    return value
