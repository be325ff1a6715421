"""Where nothing can be written, mail can still be read."""

from pathlib import Path

import pytest

from gateway.store.embedded.mailboxes.embedded import EmbeddedMailboxes
from gateway.store.errors import StoreUnavailable
from gateway.store.model import MailboxId, Uid
from tests.support.imap_world import imap_world

LETTER = b"Subject: hi\r\n\r\nword\r\n"


async def full(_self: EmbeddedMailboxes, _mailbox: MailboxId) -> Uid:
    """What SQLite says."""
    raise StoreUnavailable("database or disk is full")


async def test_a_mailbox_is_selected_whose_recent_messages_cannot_be_claimed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with imap_world(tmp_path) as world:
        await world.deliver(LETTER)
        monkeypatch.setattr(EmbeddedMailboxes, "claim_recent", full)
        client = await world.client()
        selected = await client.ok("SELECT INBOX")
        assert selected.code == "READ-WRITE"
        assert [each.number for each in selected.named("RECENT")] == [0]
        await world.deliver(LETTER)
        await client.ok("NOOP")
        fetched = await client.ok("FETCH 1:2 (FLAGS BODY.PEEK[])")
        assert len(fetched.named("FETCH")) == 2
        await client.close()
        monkeypatch.undo()
        again = await world.client()
        assert [each.number for each in (await again.ok("SELECT INBOX")).named("RECENT")] == [2]
        await again.close()
