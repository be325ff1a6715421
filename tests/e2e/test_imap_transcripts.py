"""Transcripts of IMAP against the real process: supervisor, worker, accounts and mail of its own."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from gateway.app import clock
from gateway.store.protocol.store import Mail
from tests.support.fake_authenticator import FakePassword
from tests.support.gateway_process import Config, Gateway
from tests.support.imap_preparations import prepare
from tests.support.imap_transcript import ImapPlayer, Preparation, read
from tests.support.mailboxes import Mailboxes
from tests.support.receiver import authority, client_context

FOLDER = Path(__file__).parents[1] / "transcripts/imap"
HOME: Config = {
    "domains": [{"name": "home.example"}],
    "routes": [{"name": "local", "when": {"local": True}, "deliver": "mailbox"}],
}
NAMES = ("fetch_changes", "store", "copy", "move", "expunge", "condstore", "qresync", "uidnext")
"""That depend neither on the clock nor on passwords, nor on who else is there."""


async def _prepared(step: Preparation, mail: Mail) -> None:
    await prepare(mail, step.what, step.text, clock.now())


@pytest.mark.parametrize("name", NAMES)
def test_transcript_with_the_real_process(name: str, gateway: Callable[..., Gateway]) -> None:
    script = read(FOLDER / f"{name}.txt")
    started = gateway(**HOME, **script.config)
    passwords = {each.address: started.account(each.address) for each in script.accounts}
    accounts = [replace(each, passwords=(FakePassword(passwords[each.address]),)) for each in script.accounts]
    mailboxes = Mailboxes(started)

    async def prepared(step: Preparation) -> None:
        await asyncio.to_thread(mailboxes.ask, step.account, partial(_prepared, step))

    async def play() -> None:
        own = replace(script, accounts=tuple(accounts))
        player = ImapPlayer(started.imap_port, client_context(), authority().client_context, own, prepared)
        try:
            await player.play_script()
        finally:
            player.close()

    asyncio.run(play())
