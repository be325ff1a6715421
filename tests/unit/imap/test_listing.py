"""Many names are looked at beside the event loop."""

import asyncio
from pathlib import Path

import pytest

from gateway.app import clock
from gateway.auth.authenticator import AccountId
from gateway.imap.access import Located
from gateway.imap.listing import found
from gateway.imap.wire.framing import Piece
from gateway.imap.wire.listing import list_arguments
from gateway.imap.wire.scanner import Scanner
from gateway.store.config import MailboxConfig
from gateway.store.embedded.hints import HostHints
from gateway.store.embedded.store import open_store
from gateway.store.model import Mailbox, MailboxId, ModSeq, Uid, UidValidity
from gateway.store.protocol.sharing import RIGHTS

OWN = open_store(Path("nowhere"), MailboxConfig(), clock.now, HostHints(Path("nowhere"))).mail(AccountId(1))
"""It is never opened."""


def located(name: str) -> Located:
    """A mailbox."""
    mailbox = Mailbox(
        MailboxId(1), name, None, UidValidity(1), Uid(1), ModSeq(1), ModSeq(1), ModSeq(1), 0, 0, 0, 0, Uid(1), None
    )
    return Located(OWN, mailbox, RIGHTS, name)


@pytest.mark.parametrize(("names", "others_run"), [(200, False), (201, True)])
async def test_others_have_turns_while_many_names_are_looked_at(names: int, *, others_run: bool) -> None:
    listing = list_arguments(Scanner((Piece(b' "" "level/%"'),), utf8=False))
    turns: list[bool] = []
    asyncio.get_running_loop().call_soon(turns.append, True)
    _, shown = await found([located(f"level/{number:03}") for number in range(names)], (), AccountId(1), listing)
    assert bool(turns) is others_run
    assert [each.name for each in shown] == [f"level/{number:03}" for number in range(names)]
