"""Accounts are made at their first use, whole, once."""

import asyncio
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.store.config import MailboxConfig, QuotaConfig, SpecialNames
from gateway.store.embedded.verify.account import verify_account
from gateway.store.model import SpecialUse
from tests.unit.store.embedded.engine_support import AL, BO, NOW, append, folder, new, opened


async def test_the_usual_mailboxes(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        mailboxes = await store.mail(AL).mailboxes.all()
    assert {mailbox.name: mailbox.special_use for mailbox in mailboxes} == {
        "INBOX": None,
        "Drafts": SpecialUse.DRAFTS,
        "Sent": SpecialUse.SENT,
        "Archive": SpecialUse.ARCHIVE,
        "Junk": SpecialUse.JUNK,
        "Trash": SpecialUse.TRASH,
    }
    assert all(mailbox.subscribed and mailbox.selectable for mailbox in mailboxes)
    assert len({mailbox.uidvalidity for mailbox in mailboxes}) == 6
    assert min(mailbox.uidvalidity for mailbox in mailboxes) >= int(NOW)


async def test_names_of_the_configuration(tmp_path: Path) -> None:
    names = SpecialNames("Mail/Entwürfe", "Mail/Gesendet", "", "", "Mail")
    quota = QuotaConfig(mailboxes=1)
    async with opened(tmp_path, replace(MailboxConfig(), names=names, quota=quota)) as store:
        mailboxes = await store.mail(AL).mailboxes.all()
    assert {mailbox.name: mailbox.special_use for mailbox in mailboxes} == {
        "INBOX": None,
        "Mail": None,
        "Mail/Entwürfe": SpecialUse.DRAFTS,
        "Mail/Gesendet": SpecialUse.SENT,
    }, "a level above others that is there already is for nothing special"
    assert all(mailbox.subscribed for mailbox in mailboxes)


async def test_two_processes_make_it_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as first, opened(tmp_path) as second:
        reads = [store.mail(account).mailboxes.all() for store in (first, second) for account in (AL, BO) * 3]
        seen = await asyncio.gather(*reads)
    assert {tuple(mailbox.name for mailbox in mailboxes) for mailboxes in seen} == {
        ("INBOX", "Archive", "Drafts", "Junk", "Sent", "Trash")
    }
    assert list(verify_account(folder(tmp_path).path)) == []


async def test_what_died_while_it_was_made_is_in_nobodys_way(tmp_path: Path) -> None:
    path = folder(tmp_path).path
    path.mkdir(parents=True)
    for name in ("mail.db.new", "mail.db.new-wal", "mail.db.new-shm"):
        (path / name).write_bytes(b"half of a database")
    async with opened(tmp_path) as store:
        assert (await store.mail(AL).mailboxes.find("INBOX")).uidnext == 1
    assert {each.name for each in path.iterdir()} == {"mail.db", "bodies", "write.lock"}


async def test_it_is_for_us_alone(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.mail(AL).mailboxes.create("New")
        files = [tmp_path / "mail", folder(tmp_path).path, *folder(tmp_path).path.iterdir()]
        assert len(files) >= 6
        assert {stat.S_IMODE(file.stat().st_mode) & 0o077 for file in files} == {0}


async def test_a_clock_that_goes_backwards_is_harmless(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        mail = store.mail(AL)
        first = await mail.mailboxes.create("First")
        before = await mail.feed.at()
        inbox = (await mail.mailboxes.find("INBOX")).id
        store._files.clock = lambda: type(NOW)(NOW - 1e9)
        await mail.mailboxes.delete(first.id)
        again = await mail.mailboxes.create("First")
        assert again.uidvalidity > first.uidvalidity
        assert again.id != first.id
        assert (await mail.feed.at()) == before + 2
        assert (await mail.mailboxes.all())[0].id == inbox
    assert list(verify_account(folder(tmp_path).path)) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
async def test_what_root_makes_belongs_to_the_owner_of_the_data(tmp_path: Path) -> None:
    os.chown(tmp_path, 1234, 1234)
    async with opened(tmp_path) as store:
        await append(store.mail(AL), new(b"x" * 100_000))
        files = [tmp_path / "mail", *(tmp_path / "mail").rglob("*")]
        assert {file.name for file in files} >= {"007", "7", "mail.db", "mail.db-wal", "write.lock", "bodies"}
        assert {(file.stat().st_uid, file.stat().st_gid) for file in files} == {(1234, 1234)}
