"""Whether there is room in a mailbox, as clients are told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.mail.address import parse_address
from gateway.mail.envelope import MailOptions
from gateway.mail.units import Timestamp
from gateway.relay.room import BELIEVED, Room
from gateway.store.config import Answer, MailboxConfig
from gateway.store.embedded.hints import HostHints
from gateway.store.embedded.store import EmbeddedStore, open_store
from gateway.store.errors import Resource
from tests.support.relay_world import STRANGER, World
from tests.unit.relay.inhabited import Inhabited, inhabited

AL, JOERG = "al@home.example", "jörg@home.example"
ROUTES = "routes: [{name: local, when: {local: yes}, deliver: mailbox}, {name: rest, deliver: hold}]\n"
ALIASES = """\
aliases:
  team@home.example: [al@home.example, jörg@home.example]
  out@home.example: [al@home.example, x@far.example]
"""


@asynccontextmanager
async def furnished(folder: Path, answer: Answer = Answer.LATER) -> AsyncIterator[tuple[Inhabited, EmbeddedStore]]:
    """A relay that asks a store; al may have 1,000 octets, jörg one message."""
    async with inhabited(folder, ROUTES + ALIASES) as of:
        relay = of.relay
        store = open_store(folder, MailboxConfig(), lambda: relay.now, HostHints(folder))
        room = Room(store, of.accounts.directory, answer, lambda: relay.now)
        relay.intake.setup = replace(relay.intake.setup, room=room)
        for address, resource, limit in ((AL, Resource.STORAGE, 1000), (JOERG, Resource.MESSAGES, 0)):
            account = of.accounts.registrar.find(parse_address(address)).id
            await store.mail(account).quotas.set_limit(resource, limit)
        yield of, store
        await store.close()


async def told(relay: World, *recipients: str, size: int | None = None, octets: bytes = b"Subject: a\r\n\r\n") -> str:
    options = MailOptions(smtputf8=True, size=size)
    [answer, *_] = await relay.offer(
        *recipients, octets=octets, sender="x@far.example", origin=STRANGER, options=options
    )
    return str(answer)[:9]


async def test_what_fits_is_taken(tmp_path: Path) -> None:
    async with furnished(tmp_path) as (of, _):
        assert await told(of.relay, AL, size=900) == "250 2.6.0"


@pytest.mark.parametrize(("answer", "code"), [(Answer.LATER, "452 4.2.2"), (Answer.NEVER, "552 5.2.2")])
async def test_a_full_mailbox_takes_nothing(tmp_path: Path, answer: Answer, code: str) -> None:
    async with furnished(tmp_path, answer) as (of, _):
        assert await told(of.relay, JOERG) == code


async def test_what_is_larger_than_all_that_it_may_have_never_fits(tmp_path: Path) -> None:
    async with furnished(tmp_path) as (of, _):
        assert await told(of.relay, AL, size=1001) == "552 5.2.3"
        assert await told(of.relay, AL, octets=b"Subject: a\r\n\r\n" + b"x" * 1000) == "552 5.2.3"
        assert of.relay.entries() == []


async def test_a_message_is_taken_while_one_of_several_has_room(tmp_path: Path) -> None:
    async with furnished(tmp_path) as (of, _):
        assert await told(of.relay, "team@home.example", size=500) == "250 2.6.0"
        assert await told(of.relay, "team@home.example", size=5000) == "552 5.2.3"
        assert await told(of.relay, "out@home.example", size=5000) == "250 2.6.0"


async def test_elsewhere_is_nobody_asked(tmp_path: Path) -> None:
    async with furnished(tmp_path) as (of, store):
        await store.close()
        [answer] = await of.relay.offer("x@far.example")
        assert answer.positive


async def test_where_the_store_cannot_be_asked_mail_is_taken(tmp_path: Path) -> None:
    async with furnished(tmp_path) as (of, store):
        await store.close()
        assert await told(of.relay, JOERG) == "250 2.6.0"


async def test_what_was_heard_is_believed_for_two_seconds(tmp_path: Path) -> None:
    async with furnished(tmp_path) as (of, store):
        assert await told(of.relay, JOERG) == "452 4.2.2"
        account = of.accounts.registrar.find(parse_address(JOERG)).id
        await store.mail(account).quotas.set_limit(Resource.MESSAGES, None)
        assert await told(of.relay, JOERG) == "452 4.2.2"
        of.relay.now = Timestamp(of.relay.now + BELIEVED)
        assert await told(of.relay, JOERG) == "250 2.6.0"


async def test_a_clock_that_is_put_back_makes_nothing_believed_for_long(tmp_path: Path) -> None:
    async with furnished(tmp_path) as (of, store):
        assert await told(of.relay, JOERG) == "452 4.2.2"
        account = of.accounts.registrar.find(parse_address(JOERG)).id
        await store.mail(account).quotas.set_limit(Resource.MESSAGES, None)
        of.relay.now = Timestamp(of.relay.now - 1000)
        assert await told(of.relay, JOERG) == "250 2.6.0"


@pytest.mark.parametrize("size", [10, 100_000])
async def test_what_says_that_it_was_there_is_refused_and_nobody_is_sent_a_report(tmp_path: Path, size: int) -> None:
    async with furnished(tmp_path) as (of, _):
        octets = b"Delivered-To: AL@home.example\r\nSubject: a\r\n\r\n" + b"x" * size
        assert await told(of.relay, AL, octets=octets) == "554 5.4.6"
        assert await told(of.relay, "out@home.example", octets=octets) == "250 2.6.0"
