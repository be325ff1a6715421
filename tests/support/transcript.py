r"""Plays a conversation from a file against a listening server, octet for octet.

Lines of a transcript::

    # anything                    a comment
    listener: protocol=lmtp tls=implicit proxy_protocol=yes hold_limit=60
    limits: recipients=2 errors=3
    C: EHLO client.example        a line to send (CRLF is added); with S: lines in between left out, all in one write
    C> a\nb\x00                   octets to send as they are, with Python's escapes
    C! tls | eof | close          start TLS | close our half | close
    S: 250 2.1.0 Sender ok        a line to receive; "..." at its end stands for anything
    S! closed                     the server closes the connection
    M: a@b.example > c@d.example | Subject: x\r\n       a message that the relay has taken, in order; "..." as above

A digit behind C or S names one of several sessions, each opened where it is first named.
"""

import asyncio
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_STEP = re.compile(r"([CS])(\d?)([:>!]) ?(.*)")


@dataclass(frozen=True)
class Step:
    number: int
    side: str
    session: str
    manner: str
    text: str


@dataclass(frozen=True)
class Transcript:
    listener: dict[str, str]
    limits: dict[str, str]
    steps: tuple[Step, ...]
    messages: tuple[str, ...]


def read(path: Path) -> Transcript:
    listener: dict[str, str] = {}
    limits: dict[str, str] = {}
    steps: list[Step] = []
    messages: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        key, _, value = line.partition(": ")
        if not line.strip() or line.startswith("#"):
            continue
        if found := _STEP.fullmatch(line):
            steps.append(Step(number, *found.groups()))
        elif key == "M":
            messages.append(value)
        elif key in ("listener", "limits"):
            target = listener if key == "listener" else limits
            for word in value.split():
                name, _, setting = word.partition("=")
                target[name] = setting
        else:
            raise ValueError(f"{path}:{number}: {line}")
    return Transcript(listener, limits, tuple(steps), tuple(messages))


def octets(text: str) -> bytes:
    r"""Text with Python's escapes: `\r\n`, `\x00`; what is not escaped is UTF-8."""
    return text.encode().decode("unicode_escape").encode("latin-1") if "\\" in text else text.encode()


class Player:
    """Several sessions with one server."""

    def __init__(self, port: int, tls: ssl.SSLContext, *, implicit_tls: bool) -> None:
        self._port = port
        self._tls = tls
        self._implicit = implicit_tls
        self._sessions: dict[str, tuple[asyncio.StreamReader, asyncio.StreamWriter]] = {}

    async def play(self, steps: tuple[Step, ...]) -> None:
        for group in _grouped(steps):
            await asyncio.wait_for(self._play(group), 10)

    def close(self) -> None:
        for _, writer in self._sessions.values():
            writer.close()

    async def _play(self, group: list[Step]) -> None:
        step = group[0]
        reader, writer = await self._session(step.session)
        match step.side + step.manner:
            case "C:" | "C>":
                writer.write(b"".join(octets(s.text) if s.manner == ">" else s.text.encode() + b"\r\n" for s in group))
                await writer.drain()
            case "C!":
                await self._act(step, writer)
            case "S!":
                assert await reader.read(1) == b"", f"line {step.number}: not closed"
            case _:
                line = (await reader.readline()).decode()
                assert _matches(line, step.text + "\r\n"), f"line {step.number}: {line!r} instead of {step.text!r}"

    async def _act(self, step: Step, writer: asyncio.StreamWriter) -> None:
        match step.text:
            case "tls":
                await writer.start_tls(self._tls)
            case "eof":
                writer.write_eof()
            case _:
                writer.close()

    async def _session(self, name: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if name not in self._sessions:
            tls = self._tls if self._implicit else None
            self._sessions[name] = await asyncio.open_connection("127.0.0.1", self._port, ssl=tls)
        return self._sessions[name]


def _matches(line: str, expected: str) -> bool:
    if expected.endswith("...\r\n"):
        return line.startswith(expected[:-5])
    return line == expected


def _grouped(steps: tuple[Step, ...]) -> Iterator[list[Step]]:
    """What one session sends without waiting is one write."""
    group: list[Step] = []
    for step in steps:
        joins = group and step.side == "C" and step.manner != "!" and step.session == group[0].session
        if group and not (joins and group[0].side == "C" and group[0].manner != "!"):
            yield group
            group = []
        group.append(step)
    if group:
        yield group
