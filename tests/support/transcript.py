r"""What transcripts of all protocols have in common: conversations in files, played octet for octet against a server.

Lines of a transcript::

    # anything                    a comment
    account: a@b.example password [token=…] [disabled=…]       somebody who can log in
    C: EHLO client.example        a line to send (CRLF is added); with S: lines in between left out, all in one write
    C> a\nb\x00                   octets to send as they are, with Python's escapes
    C! tls | eof | close          start TLS | close our half | close
    C! tls a@b.example            start TLS and show a certificate for that address
    S: 250 2.1.0 Sender ok        a line to receive; "..." at its end stands for anything
    S! closed                     the server closes the connection

A digit behind C or S names one of several sessions, each opened where it is first named. What else there is: see
`smtp_transcript` and `imap_transcript`.
"""

import asyncio
import re
import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import scramp

from tests.support.fake_authenticator import FakeAccount, FakePassword

_STEP = re.compile(r"([CS])(\d?)([:>!~|]) ?(.*)")


@dataclass(frozen=True)
class Step:
    number: int
    """Of the line."""
    side: str
    session: str
    manner: str
    text: str


class ScramClient(Protocol):
    """The client of scramp, which has no types."""

    def get_client_first(self) -> str: ...
    def set_server_first(self, message: str) -> None: ...
    def get_client_final(self) -> str: ...
    def set_server_final(self, message: str) -> None: ...


scram_client: Callable[..., ScramClient] = scramp.ScramClient


def lines(text: str) -> Iterator[tuple[int, str]]:
    """With their numbers, without comments and empty ones."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield number, line


def step(number: int, line: str) -> Step | None:
    """None: the line is none."""
    found = _STEP.fullmatch(line)
    return Step(number, *found.groups()) if found else None


def settings(words: list[str]) -> dict[str, str]:
    """`name=value`, `name`."""
    return {name: setting for name, _, setting in (word.partition("=") for word in words)}


def account(text: str) -> FakeAccount:
    """What stands behind `account:`."""
    address, password, *more = text.split()
    given = settings(more)
    tokens = (given["token"],) if "token" in given else ()
    return FakeAccount(address, (FakePassword(password),), given.get("disabled", ""), tokens)


def octets(text: str) -> bytes:
    r"""Text with Python's escapes: `\r\n`, `\x00`; what is not escaped is UTF-8."""
    return text.encode().decode("unicode_escape").encode("latin-1") if "\\" in text else text.encode()


def grouped(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """What one session sends without waiting is one write."""
    group: list[Step] = []
    for each in steps:
        joins = group and each.side == "C" and each.manner != "!" and each.session == group[0].session
        if group and not (joins and group[0].side == "C" and group[0].manner != "!"):
            yield group
            group = []
        group.append(each)
    if group:
        yield group


@dataclass(frozen=True, slots=True, eq=False)
class Wire:
    """A session's connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Player(ABC):
    """Several sessions with one server."""

    def __init__(
        self, port: int, tls: ssl.SSLContext, certified: Callable[[str], ssl.SSLContext], *, implicit_tls: bool
    ) -> None:
        self._port = port
        self._certified = certified
        self._tls = tls
        self._implicit = implicit_tls
        self._sessions: dict[str, Wire] = {}

    async def play(self, steps: Sequence[Step]) -> None:
        """One group after the other."""
        for group in grouped(steps):
            await asyncio.wait_for(self.play_group(group), 10)

    def close(self) -> None:
        """All sessions."""
        for wire in self._sessions.values():
            wire.writer.close()

    async def line(self, session: str) -> bytes:
        """The next one from the server."""
        return await (await self.wire(session)).reader.readline()

    def sent(self, text: str) -> bytes:
        """A line, as it is sent."""
        return text.encode() + b"\r\n"

    async def send(self, wire: Wire, data: bytes) -> None:
        """Octets to the server."""
        wire.writer.write(data)
        await wire.writer.drain()

    @abstractmethod
    async def receive(self, step: Step) -> None:
        """One line, compared with what is expected."""

    async def act(self, step: Step, wire: Wire) -> None:
        """`C!`."""
        match step.text.split():
            case ["tls"]:
                await wire.writer.start_tls(self._tls)
            case ["tls", address]:
                await wire.writer.start_tls(self._certified(address))
            case ["eof"]:
                wire.writer.write_eof()
            case ["close"]:
                wire.writer.close()
            case _:
                raise ValueError(f"line {step.number}: {step.text}")

    async def closed(self, step: Step) -> None:
        """`S! closed`."""
        wire = await self.wire(step.session)
        assert await wire.reader.read(1) == b"", f"line {step.number}: not closed"

    async def play_group(self, group: Sequence[Step]) -> None:
        """What `grouped` put together."""
        first = group[0]
        wire = await self.wire(first.session)
        match first.side + first.manner:
            case "C:" | "C>":
                await self.send(wire, b"".join(octets(s.text) if s.manner == ">" else self.sent(s.text) for s in group))
            case "C!":
                await self.act(first, wire)
            case "S!":
                await self.closed(first)
            case _:
                await self.receive(first)

    async def wire(self, name: str) -> Wire:
        """Of a session."""
        if name not in self._sessions:
            tls = self._tls if self._implicit else None
            self._sessions[name] = Wire(*await asyncio.open_connection("127.0.0.1", self._port, ssl=tls))
        return self._sessions[name]
