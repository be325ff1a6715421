"""One message into mailboxes, over a real store and real accounts."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from typing_extensions import override

from gateway.accounts.model import Disabled, WhileDisabled
from gateway.accounts.protocol import AccountsUnavailable, Resolution
from gateway.app import clock
from gateway.deliver.local.means import Means
from gateway.deliver.local.observer import Fate, Observer
from gateway.deliver.local.session import AT_ONCE, CAPABILITIES, MailboxSession
from gateway.deliver.local.transport import MailboxTransport
from gateway.mail.address import NULL_PATH, Address, parse_address
from gateway.mail.envelope import Body, Recipient
from gateway.mail.message import DeliveryId, QueueId
from gateway.mail.need import Extension
from gateway.mail.nexthop import MailboxHop
from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.mail.outcome import Deferred, Delivered, Failed, Outcome
from gateway.relay.no_accounts import NoAccounts
from gateway.relay.transport import Reference, Transaction
from gateway.storage.octets import FileOctets
from gateway.store.config import Answer, MailboxConfig, OverQuotaConfig
from gateway.store.embedded.hints import HostHints
from gateway.store.embedded.store import open_store
from gateway.store.errors import Resource
from tests.contract.accounts_support import Accounts
from tests.support.mailboxes import Stored, messages
from tests.unit.relay.inhabited import accounts_of

AL, JOERG = parse_address("al@home.example"), parse_address("jörg@home.example")
OCTETS = b"Subject: hello\r\n\r\nAll is well.\r\n"


@dataclass
class Heard(Observer):
    """What the observer was told."""

    fates: list[Fate] = field(default_factory=list)

    @override
    def ended(self, fate: Fate, octets: int, seconds: float) -> None:
        self.fates.append(fate)


@dataclass
class World:
    accounts: Accounts
    means: Means
    heard: Heard
    number: int = 0

    async def send(self, *to: Address, octets: OctetSource | bytes = OCTETS, again: bool = False) -> Sequence[Outcome]:
        """One message; `again`: the last one once more."""
        self.number += not again
        source = MemoryOctets(octets) if isinstance(octets, bytes) else octets
        deliveries = tuple(DeliveryId(each) for each in range(len(to)))
        reference = Reference(QueueId(f"queue{self.number}"), deliveries)
        recipients = tuple(map(Recipient, to))
        transaction = Transaction(NULL_PATH, recipients, source, Body.SEVENBIT, smtputf8=False, reference=reference)
        return await MailboxSession(self.means).send(transaction)

    async def stored(self, address: Address, mailbox: str = "INBOX") -> list[Stored]:
        account = self.accounts.registrar.find(address).id
        return await messages(self.means.store.mail(account), mailbox)

    async def limit(self, address: Address, resource: Resource, limit: int) -> None:
        account = self.accounts.registrar.find(address).id
        await self.means.store.mail(account).quotas.set_limit(resource, limit)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    config = MailboxConfig()
    store = open_store(tmp_path, config, clock.now, HostHints(tmp_path))
    with accounts_of(tmp_path) as accounts:
        heard = Heard()
        yield World(accounts, Means(store, accounts.directory, config, clock.now, heard), heard)
        await store.close()


async def test_an_outcome_for_each_recipient(world: World) -> None:
    nobody = parse_address("nobody@home.example")
    outcomes = await world.send(AL, nobody, JOERG)
    assert [type(each) for each in outcomes] == [Delivered, Failed, Delivered]
    assert isinstance(outcomes[0], Delivered)
    assert str(outcomes[0].reply) == "250 2.0.0 mailbox of al@home.example, INBOX"
    assert isinstance(outcomes[1], Failed)
    assert str(outcomes[1].status) == "5.1.1"
    assert sorted(world.heard.fates) == [Fate.REFUSED, Fate.STORED, Fate.STORED]
    [mine], [theirs] = await world.stored(AL), await world.stored(JOERG)
    assert mine.octets == b"Return-Path: <>\r\nDelivered-To: al@home.example\r\n" + OCTETS
    assert "Delivered-To: jörg@home.example\r\n".encode() in theirs.octets
    assert mine.summary is not None
    assert mine.summary == theirs.summary
    assert mine.summary.preview == "All is well."


async def test_what_is_delivered_again_is_stored_once(world: World, tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(OCTETS + b"x" * 200_000)
    for octets in (MemoryOctets(OCTETS), FileOctets(large)):
        await world.send(AL, AL, octets=octets)
        again = await world.send(AL, AL, octets=octets, again=True)
        assert all(isinstance(each, Delivered) for each in again)
    assert len(await world.stored(AL)) == 4


async def test_a_large_message_goes_through_a_spool(world: World, tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(OCTETS + b"x" * 3_000_000)
    await world.send(AL, JOERG, octets=FileOctets(large))
    for address in (AL, JOERG):
        [stored] = await world.stored(address)
        assert stored.octets.endswith(large.read_bytes())


async def test_more_recipients_than_are_served_at_once(world: World) -> None:
    outcomes = await world.send(*[AL] * (AT_ONCE * 3))
    assert all(isinstance(each, Delivered) for each in outcomes)
    assert [each.uid for each in await world.stored(AL)] == list(range(1, AT_ONCE * 3 + 1))


@pytest.mark.parametrize("answer", list(Answer))
async def test_a_full_mailbox(world: World, answer: Answer) -> None:
    world.means.adopt(replace(world.means.config, over_quota=OverQuotaConfig(queued=answer)))
    await world.limit(AL, Resource.MESSAGES, 1)
    [first], [second] = await world.send(AL), await world.send(AL)
    assert isinstance(first, Delivered)
    assert isinstance(second, Deferred if answer is Answer.LATER else Failed)
    assert str(second.status) == ("4.2.2" if answer is Answer.LATER else "5.2.2")
    assert world.heard.fates == [Fate.STORED, Fate.FULL]


async def test_a_message_that_never_fits_is_returned_at_once(world: World) -> None:
    await world.limit(AL, Resource.STORAGE, 20)
    [outcome] = await world.send(AL)
    assert isinstance(outcome, Failed)
    assert str(outcome.status) == "5.2.3"


async def test_loops_end(world: World) -> None:
    octets = b"Delivered-To: AL@home.example\r\n" + OCTETS
    circle, other = await world.send(AL, JOERG, octets=octets)
    assert isinstance(circle, Failed)
    assert str(circle.status) == "5.4.6"
    assert isinstance(other, Delivered)


async def test_an_account_that_was_disabled_since(world: World) -> None:
    registrar = world.accounts.registrar
    registrar.disable(AL, Disabled("", WhileDisabled.DELIVER, clock.now()))
    world.accounts.directory.version()
    assert isinstance((await world.send(AL))[0], Delivered)
    registrar.disable(AL, Disabled("", WhileDisabled.REFUSE, clock.now()))
    world.accounts.directory.version()
    [outcome] = await world.send(AL)
    assert isinstance(outcome, Failed)
    assert str(outcome.status) == "5.2.1"


async def test_a_message_that_cannot_be_read_waits(world: World, tmp_path: Path) -> None:
    path = tmp_path / "gone"
    path.write_bytes(b"x" * 100_000)
    octets = FileOctets(path)
    path.unlink()
    outcomes = await world.send(AL, JOERG, octets=octets)
    assert [type(each) for each in outcomes] == [Deferred, Deferred]


class Unreadable(NoAccounts):
    """A database that is broken."""

    @override
    def resolve(self, address: Address) -> Resolution:
        raise AccountsUnavailable("disk on fire")


async def test_while_the_accounts_cannot_be_read_mail_waits(world: World) -> None:
    world.means.directory = Unreadable()
    [outcome] = await world.send(AL)
    assert isinstance(outcome, Deferred)
    assert world.heard.fates == [Fate.UNAVAILABLE]


async def test_a_folder_that_cannot_be_written_defers(world: World, tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("in the way")
    [outcome] = await world.send(AL)
    assert isinstance(outcome, Deferred)
    assert world.heard.fates == [Fate.UNAVAILABLE]


async def test_a_mailbox_that_is_deleted_meanwhile(world: World) -> None:
    """What is marked as junk then lies in INBOX, marked."""
    account = world.accounts.registrar.find(AL).id
    mailboxes = world.means.store.mail(account).mailboxes
    await mailboxes.delete((await mailboxes.find("Junk")).id)
    [outcome] = await world.send(AL, octets=b"X-Spam-Flag: YES\r\n" + OCTETS)
    assert isinstance(outcome, Delivered)
    [stored] = await world.stored(AL)
    assert stored.keywords == {"$Junk"}


async def test_a_subaddress_names_a_mailbox_that_is_there(world: World) -> None:
    account = world.accounts.registrar.find(AL).id
    await world.means.store.mail(account).mailboxes.create("Lists/Python")
    world.means.adopt(replace(world.means.config, subaddress_mailboxes=True))
    for detail in ("lists/python", "Sent", "other"):
        await world.send(parse_address(f"al+{detail}@home.example"))
    assert len(await world.stored(AL, "Lists/Python")) == 1
    assert len(await world.stored(AL)) == 2


async def test_everything_is_offered_but_reports(world: World) -> None:
    transport = MailboxTransport(world.means)
    assert all(CAPABILITIES.offers(extension) for extension in Extension)
    assert "DSN" not in CAPABILITIES
    session = transport.kept(MailboxHop())
    assert session is not None
    assert session.capabilities.size is None
    [known, unknown] = [
        await session.verify(NULL_PATH, Recipient(address)) for address in (AL, parse_address("no@home.example"))
    ]
    assert known is not None
    assert unknown is not None
    assert (known.code, unknown.code) == (250, 550)
    session.release()


async def test_the_loop_goes_on_while_a_large_message_is_stored(world: World, tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(OCTETS + (b"y" * 70 + b"\r\n") * 300_000)
    longest, stop = 0.0, False

    async def tick() -> None:
        nonlocal longest
        loop = asyncio.get_running_loop()
        while not stop:
            before = loop.time()
            await asyncio.sleep(0.001)
            longest = max(longest, loop.time() - before)

    ticking = asyncio.create_task(tick())
    await world.send(AL, octets=FileOctets(large))
    stop = True
    await ticking
    assert longest < 0.2


async def test_senders_are_not_told_where_our_files_are(world: World, tmp_path: Path) -> None:
    account = world.accounts.registrar.find(AL).id
    folder = tmp_path / "mail" / f"{account % 1000:03d}"
    folder.parent.mkdir()
    folder.write_bytes(b"")
    [outcome] = await world.send(AL)
    assert isinstance(outcome, Deferred)
    assert str(tmp_path) not in outcome.why
    assert "mail.db" not in outcome.why


@pytest.mark.parametrize("body", ["&#" + "9" * 5000 + ";", "<img alt='&#" + "9" * 100_000 + ";'>"])
async def test_no_html_keeps_a_message_out_of_its_mailbox(world: World, body: str) -> None:
    octets = b"Content-Type: text/html\r\n\r\n" + body.encode() + b"\r\n"
    [outcome] = await world.send(AL, octets=octets)
    assert isinstance(outcome, Delivered)
