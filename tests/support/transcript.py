r"""Plays a conversation from a file against a listening server, octet for octet.

Lines of a transcript::

    # anything                    a comment
    listener: protocol=lmtp tls=implicit proxy_protocol=yes hold_limit=60
    limits: recipients=2 errors=3
    relay: fake                   only before the fake relay: the real one asks what the accounts may send
    account: a@b.example password [token=…] [disabled=…]       somebody who can log in
    denial: slowed 1800000600 Too many failures                what every log-in is told
    C: EHLO client.example        a line to send (CRLF is added); with S: lines in between left out, all in one write
    C> a\nb\x00                   octets to send as they are, with Python's escapes
    C! tls | eof | close          start TLS | close our half | close
    C! tls a@b.example            start TLS and show a certificate for that address
    C! scram MECHANISM name password    a whole exchange, up to the reply that is its end; scramp plays the client
    S: 250 2.1.0 Sender ok        a line to receive; "..." at its end stands for anything
    S! closed                     the server closes the connection
    M: a@b.example > c@d.example | Subject: x\r\n       a message that the relay has taken, in order; "..." as above

A digit behind C or S names one of several sessions, each opened where it is first named.
"""

import asyncio
import base64
import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import scramp

from gateway.auth.authenticator import Denial, Why
from gateway.mail.units import Timestamp
from tests.support.fake_authenticator import FakeAccount, FakeAuthenticator, FakePassword

_STEP = re.compile(r"([CS])(\d?)([:>!]) ?(.*)")


@dataclass(frozen=True)
class Step:
    number: int
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


@dataclass(frozen=True)
class Transcript:
    listener: dict[str, str]
    limits: dict[str, str]
    steps: tuple[Step, ...]
    messages: tuple[str, ...]
    authenticator: FakeAuthenticator | None = None
    """Where the transcript names accounts."""
    fake_alone: bool = False


def read(path: Path) -> Transcript:
    listener: dict[str, str] = {}
    limits: dict[str, str] = {}
    steps: list[Step] = []
    messages: list[str] = []
    accounts: list[FakeAccount] = []
    denial: Denial | None = None
    fake_alone = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        key, _, value = line.partition(": ")
        if not line.strip() or line.startswith("#"):
            continue
        if found := _STEP.fullmatch(line):
            steps.append(Step(number, *found.groups()))
        elif key == "M":
            messages.append(value)
        elif key in ("listener", "limits"):
            (listener if key == "listener" else limits).update(_settings(value.split()))
        elif key == "account":
            accounts.append(_account(value))
        elif key == "relay":
            fake_alone = value == "fake"
        elif key == "denial":
            why, again, text = value.split(" ", 2)
            denial = Denial(Why(why), text, Timestamp(float(again)) if float(again) else None)
        else:
            raise ValueError(f"{path}:{number}: {line}")
    known = FakeAuthenticator(accounts, denial) if accounts else None
    return Transcript(listener, limits, tuple(steps), tuple(messages), known, fake_alone)


def _settings(words: list[str]) -> dict[str, str]:
    return {name: setting for name, _, setting in (word.partition("=") for word in words)}


def _account(text: str) -> FakeAccount:
    address, password, *more = text.split()
    settings = _settings(more)
    tokens = (settings["token"],) if "token" in settings else ()
    return FakeAccount(address, (FakePassword(password),), settings.get("disabled", ""), tokens)


def octets(text: str) -> bytes:
    r"""Text with Python's escapes: `\r\n`, `\x00`; what is not escaped is UTF-8."""
    return text.encode().decode("unicode_escape").encode("latin-1") if "\\" in text else text.encode()


class Player:
    """Several sessions with one server."""

    def __init__(
        self, port: int, tls: ssl.SSLContext, certified: Callable[[str], ssl.SSLContext], *, implicit_tls: bool
    ) -> None:
        self._port = port
        self._certified = certified
        self._tls = tls
        self._implicit = implicit_tls
        self._sessions: dict[str, tuple[asyncio.StreamReader, asyncio.StreamWriter]] = {}
        self._unread: dict[str, bytes] = {}
        """The reply that ended an exchange, still to be looked at."""

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
                await self._act(step, reader, writer)
            case "S!":
                assert await reader.read(1) == b"", f"line {step.number}: not closed"
            case _:
                line = (self._unread.pop(step.session, b"") or await reader.readline()).decode()
                assert _matches(line, step.text + "\r\n"), f"line {step.number}: {line!r} instead of {step.text!r}"

    async def _act(self, step: Step, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        match step.text.split():
            case ["tls"]:
                await writer.start_tls(self._tls)
            case ["tls", address]:
                await writer.start_tls(self._certified(address))
            case ["scram", mechanism, name, password]:
                client = scram_client([mechanism], name, password)
                self._unread[step.session] = await _scram(client, mechanism, reader, writer)
            case ["eof"]:
                writer.write_eof()
            case _:
                writer.close()

    async def _session(self, name: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if name not in self._sessions:
            tls = self._tls if self._implicit else None
            self._sessions[name] = await asyncio.open_connection("127.0.0.1", self._port, ssl=tls)
        return self._sessions[name]


async def _scram(
    client: ScramClient, mechanism: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bytes:
    """The reply at its end (RFC 5802 3)."""
    writer.write(f"AUTH {mechanism} ".encode() + _in_base64(client.get_client_first()))
    answer = await reader.readline()
    if not answer.startswith(b"334 "):
        return answer
    client.set_server_first(base64.b64decode(answer[4:]).decode())
    writer.write(_in_base64(client.get_client_final()))
    answer = await reader.readline()
    if not answer.startswith(b"334 "):
        return answer
    client.set_server_final(base64.b64decode(answer[4:]).decode())
    writer.write(b"\r\n")
    return await reader.readline()


def _in_base64(message: str) -> bytes:
    return base64.b64encode(message.encode()) + b"\r\n"


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
