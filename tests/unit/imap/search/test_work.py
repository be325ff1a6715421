"""Searches that last: limited, told of, ended with their client, explained in the log."""

import asyncio
import logging
from array import array
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest
from typing_extensions import override

from gateway.auth.authenticator import AccountId
from gateway.imap.search import work
from gateway.store.model import EmailId
from gateway.store.protocol.search import Found, SearchIndex, Wanted
from gateway.store.protocol.store import Mail, Store
from tests.support.imap_client import ImapClient
from tests.support.imap_world import ImapWorld, imap_world

WITHIN = 20.0


@dataclass
class SlowIndex(SearchIndex):
    """Has seen no message, and says so only when it is let."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    let: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)

    @override
    async def missing(self, emails: Sequence[EmailId]) -> Sequence[EmailId]:
        self.begun.set()
        try:
            await self.let.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return emails

    @override
    async def find(self, wanted: Wanted) -> Found:
        return Found(array("q"), sure=True)

    @override
    async def snippets(self, emails: Sequence[EmailId], wanted: Wanted) -> Sequence[tuple[str, str]]:
        return [("", "")] * len(emails)


class WithIndex:
    """A store, or an account's mail in it, with another index."""

    def __init__(self, real: Store | Mail, index: SearchIndex) -> None:
        self._real = real
        self.index = index

    def mail(self, account: AccountId) -> Mail:
        return cast("Mail", WithIndex(cast("Store", self._real).mail(account), self.index))

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)


@asynccontextmanager
async def slow_world(folder: Path, **imap: Any) -> AsyncIterator[tuple[ImapWorld, SlowIndex]]:
    async with imap_world(folder, imap=imap) as world:
        index = SlowIndex()
        store = cast("Store", WithIndex(world.store, index))
        world.server.service = replace(world.service, store=store)
        await world.deliver(b"Subject: secret word\r\n\r\nbody\r\n")
        yield world, index
        index.let.set()


async def selected(world: ImapWorld) -> ImapClient:
    client = await world.client()
    await client.ok("SELECT INBOX")
    return client


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "_LOOK", 0.01)
    monkeypatch.setattr(work, "TELL", 2)


@pytest.mark.parametrize("command", ["SEARCH", "SORT (DATE) UTF-8", "THREAD REFS UTF-8", "ESEARCH IN (inboxes)"])
async def test_a_search_has_a_limit_of_time(tmp_path: Path, command: str) -> None:
    async with slow_world(tmp_path, search="200ms") as (world, index):
        client = await selected(world)
        answer = await client.no(f'{command} TEXT "secret word"')
        assert answer.code == "LIMIT"
        assert index.cancelled.is_set()
        await client.ok("SEARCH SEEN")
        await client.close()


async def test_what_is_saved_by_a_search_that_fails_is_nothing(tmp_path: Path) -> None:
    async with slow_world(tmp_path, search="200ms") as (world, _):
        client = await selected(world)
        await client.ok("SEARCH RETURN (SAVE) ALL")
        await client.no("SEARCH RETURN (SAVE) $ TEXT word")
        [found] = (await client.ok("SEARCH $")).named("SEARCH")
        assert found.rest == b""
        await client.close()


@pytest.mark.usefixtures("impatient")
async def test_a_client_is_told_that_the_search_goes_on(tmp_path: Path) -> None:
    async with slow_world(tmp_path) as (world, index):
        client = await selected(world)
        tag = await client.send("SEARCH TEXT secret")
        first, second = await client.response(), await client.response()
        assert first.code == second.code == f'INPROGRESS ("{tag}" NIL NIL)'
        index.let.set()
        answer = await client.answer(tag)
        assert [each.rest for each in answer.named("SEARCH")] == [b"1"]
        await client.close()


@pytest.mark.usefixtures("impatient")
async def test_a_search_ends_with_its_client(tmp_path: Path) -> None:
    async with slow_world(tmp_path) as (world, index):
        client = await selected(world)
        await client.send("SEARCH TEXT secret")
        await asyncio.wait_for(index.begun.wait(), WITHIN)
        await client.close()
        await asyncio.wait_for(index.cancelled.wait(), WITHIN)


async def test_others_are_served_meanwhile(tmp_path: Path) -> None:
    async with slow_world(tmp_path) as (world, index):
        client, other = await selected(world), await selected(world)
        tag = await client.send("SEARCH TEXT secret")
        await asyncio.wait_for(index.begun.wait(), WITHIN)
        await other.ok("STORE 1 +FLAGS (\\Seen)")
        index.let.set()
        await client.answer(tag)
        await client.close()
        await other.close()


async def test_what_took_long_is_explained_at_debug_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with slow_world(tmp_path, slow_search="0s") as (world, index):
        index.let.set()
        client = await selected(world)
        with caplog.at_level(logging.DEBUG):
            await client.ok('SEARCH TEXT "secret word"')
        await client.close()
    told = [record for record in caplog.records if "secret word" in record.getMessage()]
    assert [record.levelno for record in told] == [logging.DEBUG]
    assert "1 of 1, 1 of them read" in told[0].getMessage()
