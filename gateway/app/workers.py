"""The workers of a running gateway, as commands ask them over their control sockets."""

import asyncio
import contextlib
import enum
import socket
from dataclasses import dataclass
from pathlib import Path

import orjson

from gateway.accounts.model import SessionId, SessionInfo
from gateway.app.control import MAX_ANSWER, PATIENCE, Fields, fields, sessions_of, short
from gateway.auth.authenticator import AccountId
from gateway.mail.units import Seconds


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
                found += sessions_of(answer)
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
                return fields(await _exchange(path, line))
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
        with short(path) as name:
            sock.connect(name)
    except OSError:
        sock.close()
        raise
    return sock
