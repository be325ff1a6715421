"""A worker's end of its control socket."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import orjson
from typing_extensions import override

from gateway.accounts.model import SessionId
from gateway.accounts.sessions import LiveSessions
from gateway.app.control import MAX_REQUEST, PATIENCE, BadRequest, Fields, fields, sayable, session_object, short
from gateway.mail.units import Seconds


class ControlServer:
    """Listens for one worker, on its event loop. `changed` is called when the accounts were changed elsewhere."""

    def __init__(
        self, path: Path, sessions: LiveSessions, changed: Callable[[], None], patience: Seconds = PATIENCE
    ) -> None:
        self._path = path
        self._patience = patience
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
        self._server = await loop.create_unix_server(lambda: _Conversation(self.answer, self._patience), sock=sock)

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
            return orjson.dumps(self._answer(fields(line)))
        except ValueError as error:
            return orjson.dumps({"error": str(error)})

    def _answer(self, request: Fields) -> Fields:
        match request:
            case {"ask": "sessions"}:
                return {"sessions": [session_object(info) for info in self._sessions.all()]}
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


class _Conversation(asyncio.Protocol):
    """One request and its answer."""

    def __init__(self, answer: Callable[[bytes], bytes], patience: Seconds) -> None:
        self._answer = answer
        self._patience = patience
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None
        self._limit: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = wire = cast("asyncio.Transport", transport)
        self._limit = asyncio.get_running_loop().call_later(self._patience, wire.abort)

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


def _listening(path: Path) -> socket.socket:
    """A socket that has its name only once it listens, and its mode before: nobody else ever gets in."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    fresh = path.with_suffix(".new")
    try:
        fresh.unlink(missing_ok=True)
        with short(fresh) as name:
            sock.bind(name)
        fresh.chmod(0o600)
        sock.listen()
        fresh.replace(path)
    except OSError:
        sock.close()
        raise
    return sock
