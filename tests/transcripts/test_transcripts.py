"""Every conversation of tests/transcripts/smtp, over a real socket, on uvloop and on asyncio's own loop."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop

from gateway.receive.config import BareNewline, Limits, ListenerProtocol, ListenerTls
from tests.support.fake_acceptor import Taken
from tests.support.receiver import client_context, listener, receiver, server_context, surroundings
from tests.support.transcript import Player, Transcript, octets, read

FILES = sorted((Path(__file__).parent / "smtp").glob("*.txt"))

READERS: dict[str, Callable[[str], Any]] = {
    "message_size": int,
    "recipients": int,
    "junk_commands": int,
    "errors": int,
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


def matches(taken: Taken, expected: str) -> bool:
    envelope, _, content = expected.partition(" | ")
    recipients = " ".join(str(recipient.address) for recipient in taken.recipients)
    if content.endswith("..."):
        same = taken.content.startswith(octets(content[:-3]))
    else:
        same = taken.content == octets(content)
    return same and envelope == f"{taken.sender} > {recipients}"


async def play(path: Path) -> None:
    transcript = read(path)
    tls = ListenerTls(transcript.listener.get("tls", "starttls"))
    which = listener(
        ListenerProtocol(transcript.listener.get("protocol", "smtp")),
        tls,
        proxy_protocol="proxy_protocol" in transcript.listener,
    )
    trusted = surroundings(server_context()).trusted if transcript.listener.get("trusted") != "no" else ()
    around = surroundings(server_context(), trusted)
    async with receiver(which, limits_of(transcript), around=around) as server:
        player = Player(server.port, client_context(), implicit_tls=tls is ListenerTls.IMPLICIT)
        try:
            await player.play(transcript.steps)
        finally:
            player.close()
        taken = server.acceptor.taken
        assert len(taken) == len(transcript.messages)
        for message, expected in zip(taken, transcript.messages, strict=True):
            assert matches(message, expected), (message, expected)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_transcript(path: Path) -> None:
    uvloop.run(play(path))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_transcript_on_the_loop_of_asyncio(path: Path) -> None:
    asyncio.run(play(path))
