"""Mailboxes in trouble or in demand, through real processes: damaged pages, several who write, hints in time."""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from gateway.app import clock
from gateway.auth.authenticator import AccountId
from gateway.mail.octets import MemoryOctets
from gateway.store.actions import Append, Expunge, Move, SetFlags, Which
from gateway.store.embedded.paths import folder_of
from gateway.store.errors import StoreUnavailable
from gateway.store.flags import Flags, How, System
from gateway.store.model import EmailId, ModSeq, NewEmail
from gateway.store.protocol.store import Mail
from gateway.store.uids import UidSet
from tests.contract.store_follower import Follower
from tests.support.configs import QUICK_RETRY, letter
from tests.support.gateway_process import Gateway
from tests.support.mailboxes import Mailboxes, messages, opened
from tests.support.patience import wait_for
from tests.support.smtp_client import submit

AL, BO, FAR = "al@home.example", "bo@home.example", "eve@far.example"
CONFIG = {
    "domains": [{"name": "home.example"}],
    "routes": [{"name": "local", "when": {"local": True}, "deliver": "mailbox", "retry": QUICK_RETRY}],
}
COUNT = 60
LONG = "All is well, and will be for a while.\r\n" * 70


def _deliver(gateway: Gateway, *recipients: str, text: str = "hello") -> None:
    with gateway.smtp() as client:
        assert submit(client, FAR, list(recipients), letter(text)).taken


async def _fill(mail: Mail) -> None:
    inbox = await mail.mailboxes.find("INBOX")
    emails = tuple(
        NewEmail(MemoryOctets(f"Subject: {number}\r\n\r\n{LONG}".encode()), clock.now()) for number in range(COUNT)
    )
    await mail.emails.carry_out([Append(inbox.id, emails)], clock.now())


def _root(database: Path, table: str) -> tuple[int, int]:
    """The table's first page, and how large pages are. All is in the main file afterwards."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    return page, size


def _spoil(database: Path, page: int, size: int) -> None:
    with database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)


def _leaf(database: Path, page: int, size: int) -> int:
    """Some page below an inner one: the second that it names."""
    with database.open("rb") as file:
        file.seek((page - 1) * size)
        octets = file.read(size)
    assert octets[0] == 5, "an inner page of a table"
    cell = int.from_bytes(octets[14:16], "big")
    return int.from_bytes(octets[cell : cell + 4], "big")


async def _readable(mail: Mail) -> list[bool]:
    """Of each message of INBOX, whether its octets are what they were."""
    found = []
    entries = await mail.emails.entries((await mail.mailboxes.find("INBOX")).id)
    for number, email in enumerate(entries.emails):
        try:
            [source] = await mail.emails.octets([EmailId(email)])
        except StoreUnavailable:
            source = None
        found.append(source is not None and source.read(0, 20).startswith(f"Subject: {number}\r\n".encode()))
    return found


def test_a_corrupted_page(tmp_path: Path) -> None:
    """`gateway verify` names it; what is not on it can be read and taken away; others' mail goes on."""
    gateway = Gateway(tmp_path, CONFIG)
    for address in (AL, BO):
        gateway.account(address)
    mailboxes = Mailboxes(gateway)
    mailboxes.ask(AL, _fill)
    database = folder_of(gateway.data, mailboxes.account(AL)).database
    root, size = _root(database, "body")
    leaf = _leaf(database, root, size)
    _spoil(database, leaf, size)
    said = gateway.cli("verify", ok=False)
    assert str(database) in said
    assert f"the table body (page {root} and those below it) cannot be read" in said or f"page {leaf}" in said.lower()
    readable = mailboxes.ask(AL, _readable)
    assert 0 < readable.count(False) < 5
    told = gateway.cli("export", AL, str(tmp_path / "out"), "--format", "eml", ok=False)
    files = list((tmp_path / "out").glob("INBOX/*.eml"))
    assert len(files) == readable.count(True), told
    assert told.count("skipped: INBOX") == readable.count(False), told
    assert f"gateway export: {readable.count(False)} messages were left out" in told
    entry, size = _root(database, "entry")
    _spoil(database, entry, size)
    with gateway:
        _deliver(gateway, AL, BO)
        assert mailboxes.arrival(BO).octets.endswith(letter("hello"))
        [row] = wait_for(lambda: gateway.queue("--state", "deferred"), what="deferred mail")
        assert "malformed" in row["last_reply"], row
        assert row["recipient"] == AL


def test_deliveries_flags_and_expunges_at_once(gateway: Callable[..., Gateway]) -> None:
    """Two workers deliver, a third process flags, moves and expunges; one process of all keeps house."""
    running = gateway(**CONFIG, workers=2)
    running.account(AL)
    mailboxes = Mailboxes(running)
    account = mailboxes.account(AL)
    clients = [running.smtp() for _ in range(4)]

    def deliver() -> None:
        for number in range(120):
            assert submit(clients[number % 4], FAR, [AL], letter(f"n{number}")).taken

    async def meddle() -> tuple[int, int]:
        async with opened(running.data) as store:
            mail = store.mail(account)
            follower = await Follower.begin(mail)
            hold = await store.hold(account)
            delivering = asyncio.ensure_future(asyncio.to_thread(deliver))
            moved = await _meddle(mail, delivering)
            await delivering
            await asyncio.to_thread(lambda: wait_for(lambda: not running.queue(), what="an empty queue"))
            await follower.follow()
            hold.release()
            kept = await messages(mail, "Archive")
            return moved, len(kept)

    moved, kept = asyncio.run(meddle())
    for client in clients:
        client.close()
    left = mailboxes.messages(AL)
    assert moved == kept > 0
    uids = [message.uid for message in left]
    assert uids == sorted(set(uids))
    assert all(message.uid % 3 for message in left if message.uid <= 60)


async def _meddle(mail: Mail, until: "asyncio.Future[None]") -> int:
    """Whatever has come by then: each third is expunged or moved, the others are flagged."""
    inbox, archive = await mail.mailboxes.find("INBOX"), await mail.mailboxes.find("Archive")
    moved, last = 0, False
    while not last:
        last = until.done()
        entries = await mail.emails.entries(inbox.id)
        some = [uid for uid in entries.uids if uid % 3 == 0]
        expunged, moving = UidSet.of(some[::2]), UidSet.of(some[1::2])
        results = await mail.emails.carry_out(
            [
                SetFlags(inbox.id, UidSet.of(entries.uids), How.ADD, Flags(System.SEEN, frozenset({"$Work"}))),
                Move(inbox.id, moving, archive.id),
                Expunge(inbox.id, expunged, Which.ALL),
            ],
            clock.now(),
        )
        moved += len(results[1].uids)  # type: ignore[union-attr]
        await asyncio.sleep(0.01)
    return moved


def test_a_message_is_in_the_mailbox_when_its_hint_comes(
    gateway: Callable[..., Gateway], record_property: Callable[[str, object], None]
) -> None:
    """Soon after the 250: benchmarks/delivery.py has the figures."""
    running = gateway(**CONFIG)
    account = Mailboxes(running).account("admin@home.example")
    took = asyncio.run(_hints(running, account))
    record_property("ms from 250 to the hint", [round(each * 1000, 1) for each in sorted(took)])
    assert min(took) < 0.5


async def _hints(gateway: Gateway, account: AccountId) -> list[float]:
    took = []
    async with opened(gateway.data) as store:
        mail, heard = store.mail(account), asyncio.Queue[tuple[ModSeq, float]]()
        inbox = await mail.mailboxes.find("INBOX")
        end = store.hints.watch(account, lambda at: heard.put_nowait((at, time.monotonic())))
        for number in range(1, 11):
            await asyncio.to_thread(_deliver, gateway, "admin@home.example")
            answered = time.monotonic()
            async with asyncio.timeout(20):
                at, moment = await heard.get()
            entries = await mail.emails.entries(inbox.id)
            assert list(entries.uids) == list(range(1, number + 1))
            assert entries.at >= at
            took.append(max(moment - answered, 0.0))
        end()
    return took
