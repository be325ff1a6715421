r"""Transcripts of SMTP and LMTP. Beside what all transcripts have (`transcript`)::

listener: protocol=lmtp tls=implicit proxy_protocol=yes hold_limit=60
limits: recipients=2 errors=3
relay: fake                   only before the fake relay: the real one asks what the accounts may send
denial: slowed 1800000600 Too many failures                what every log-in is told
C! scram MECHANISM name password    a whole exchange, up to the reply that is its end; scramp plays the client
M: a@b.example > c@d.example | Subject: x\r\n       a message that the relay has taken, in order; "..." as above
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from ssl import SSLContext

from typing_extensions import override

from gateway.auth.authenticator import Denial, Why
from gateway.mail.units import Timestamp
from tests.support.fake_authenticator import FakeAccount, FakeAuthenticator
from tests.support.transcript import Player, ScramClient, Step, Wire, account, lines, scram_client, settings, step


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
    for number, line in lines(path.read_text(encoding="utf-8")):
        key, _, value = line.partition(": ")
        if found := step(number, line):
            steps.append(found)
        elif key == "M":
            messages.append(value)
        elif key in ("listener", "limits"):
            (listener if key == "listener" else limits).update(settings(value.split()))
        elif key == "account":
            accounts.append(account(value))
        elif key == "relay":
            fake_alone = value == "fake"
        elif key == "denial":
            why, again, text = value.split(" ", 2)
            denial = Denial(Why(why), text, Timestamp(float(again)) if float(again) else None)
        else:
            raise ValueError(f"{path}:{number}: {line}")
    known = FakeAuthenticator(accounts, denial) if accounts else None
    return Transcript(listener, limits, tuple(steps), tuple(messages), known, fake_alone)


class SmtpPlayer(Player):
    """Of SMTP: replies are compared line by line."""

    def __init__(
        self, port: int, tls: SSLContext, certified: Callable[[str], SSLContext], *, implicit_tls: bool
    ) -> None:
        super().__init__(port, tls, certified, implicit_tls=implicit_tls)
        self._unread: dict[str, bytes] = {}
        """The reply that ended an exchange, still to be looked at."""

    @override
    async def receive(self, step: Step) -> None:
        line = (self._unread.pop(step.session, b"") or await self.line(step.session)).decode()
        assert _matches(line, step.text + "\r\n"), f"line {step.number}: {line!r} instead of {step.text!r}"

    @override
    async def act(self, step: Step, wire: Wire) -> None:
        match step.text.split():
            case ["scram", mechanism, name, password]:
                client = scram_client([mechanism], name, password)
                self._unread[step.session] = await _scram(client, mechanism, wire)
            case _:
                await super().act(step, wire)


async def _scram(client: ScramClient, mechanism: str, wire: Wire) -> bytes:
    """The reply at its end (RFC 5802 3)."""
    wire.writer.write(f"AUTH {mechanism} ".encode() + _in_base64(client.get_client_first()))
    answer = await wire.reader.readline()
    if not answer.startswith(b"334 "):
        return answer
    client.set_server_first(base64.b64decode(answer[4:]).decode())
    wire.writer.write(_in_base64(client.get_client_final()))
    answer = await wire.reader.readline()
    if not answer.startswith(b"334 "):
        return answer
    client.set_server_final(base64.b64decode(answer[4:]).decode())
    wire.writer.write(b"\r\n")
    return await wire.reader.readline()


def _in_base64(message: str) -> bytes:
    return base64.b64encode(message.encode()) + b"\r\n"


def _matches(line: str, expected: str) -> bool:
    if expected.endswith("...\r\n"):
        return line.startswith(expected[:-5])
    return line == expected
