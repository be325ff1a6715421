"""Every conversation of tests/transcripts/smtp, over a real socket, with the real relay and the fake one behind it, on
uvloop and on asyncio's own loop."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvloop

from gateway.listen.config import Listener, ListenerProtocol, ListenerTls
from gateway.mail.units import Seconds, Timestamp
from gateway.receive.config import BareNewline, Limits
from gateway.receive.service import Holding
from tests.support.acceptors import ACCEPTORS, Remembering
from tests.support.fake_acceptor import FakeAcceptor, Taken
from tests.support.receiver import (
    LOOPBACK,
    authority,
    client_context,
    listener,
    listening,
    logins,
    server_context,
    surroundings,
)
from tests.support.smtp_transcript import SmtpPlayer, Transcript, read
from tests.support.transcript import octets

FILES = sorted((Path(__file__).parent / "smtp").glob("*.txt"))

CLOCK = Timestamp(1_800_000_030)
"""What the listener's clock says: 2027-01-15T08:00:30Z."""

READERS: dict[str, Callable[[str], Any]] = {
    "message_size": int,
    "recipients": int,
    "junk_commands": int,
    "errors": int,
    "failed_logins": int,
    "command_line": int,
    "command_idle": float,
    "data_idle": float,
    "data_rate": int,
    "data_grace": float,
    "connections_per_client": int,
    "connections": int,
    "bare_newline": BareNewline,
}


def limits_of(transcript: Transcript) -> Limits:
    values: dict[str, Any] = {key: READERS[key](value) for key, value in transcript.limits.items()}
    return Limits(**values)


def listener_of(transcript: Transcript) -> Listener:
    settings = transcript.listener
    which = listener(
        ListenerProtocol(settings.get("protocol", "smtp")),
        ListenerTls(settings.get("tls", "starttls")),
        proxy_protocol="proxy_protocol" in settings,
    )
    auth = {"yes": True, "no": False}.get(settings.get("auth", ""))
    return replace(which, auth=auth, require_tls=settings.get("require_tls") == "yes")


def matches(taken: Taken, expected: str) -> bool:
    envelope, _, content = expected.partition(" | ")
    recipients = " ".join(str(recipient.address) for recipient in taken.recipients)
    if content.endswith("..."):
        same = taken.content.startswith(octets(content[:-3]))
    else:
        same = taken.content == octets(content)
    return same and envelope == f"{taken.sender} > {recipients}"


async def play(path: Path, acceptor: Remembering) -> None:
    transcript = read(path)
    which = listener_of(transcript)
    asking = transcript.listener.get("client_certificates") == "yes"
    context = authority().server_context() if asking else server_context()
    trusted = LOOPBACK if transcript.listener.get("trusted") != "no" else ()
    known = logins(transcript.authenticator) if transcript.authenticator is not None else None
    around = surroundings(context, trusted, known=known)
    if "hold_limit" in transcript.listener:
        around = replace(around, holding=Holding(Seconds(int(transcript.listener["hold_limit"])), lambda: CLOCK))
    async with listening(which, limits_of(transcript), acceptor, around) as (_, port):
        implicit = which.tls is ListenerTls.IMPLICIT
        player = SmtpPlayer(port, client_context(), authority().client_context, implicit_tls=implicit)
        try:
            await player.play(transcript.steps)
        finally:
            player.close()
        taken = acceptor.taken
        assert len(taken) == len(transcript.messages)
        for message, expected in zip(taken, transcript.messages, strict=True):
            assert matches(message, expected), (message, expected)


async def play_with(name: str, path: Path, folder: Path) -> None:
    async with ACCEPTORS[name](folder) as acceptor:
        await play(path, acceptor)


PLAYS = [(path, name) for path in FILES for name in ACCEPTORS if name == "fake" or not read(path).fake_alone]


@pytest.mark.parametrize(("path", "name"), PLAYS, ids=[f"{path.stem}-{name}" for path, name in PLAYS])
def test_transcript(path: Path, name: str, tmp_path: Path) -> None:
    uvloop.run(play_with(name, path, tmp_path))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_transcript_on_the_loop_of_asyncio(path: Path, tmp_path: Path) -> None:
    asyncio.run(play_with("fake", path, tmp_path))


def test_a_relay_in_trouble() -> None:
    """What only the fake can be told to do."""
    uvloop.run(play(Path(__file__).parent / "relay_trouble.txt", FakeAcceptor()))
