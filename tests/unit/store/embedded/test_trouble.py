"""A disk that is full, a database that is locked, read-only or damaged: refused, nothing changed, and well again."""

import asyncio
import fcntl
import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from gateway.auth.authenticator import AccountId
from gateway.mail.units import OctetCount, Seconds
from gateway.storage.connection import open_lock
from gateway.store.actions import Expunge, Which
from gateway.store.config import MailboxConfig
from gateway.store.embedded.mail import EmbeddedMail
from gateway.store.embedded.tidy.gone import RemoveGone
from gateway.store.embedded.verify.account import verify_account
from gateway.store.errors import StoreUnavailable
from gateway.store.model import ModSeq, NewEmail
from tests.unit.store.embedded.engine_support import AL, NOW, append, folder, inbox, new, opened, other_program, stored

QUICK = MailboxConfig(lock_timeout=Seconds(0.05))


async def test_a_full_database_takes_no_more_and_recovers(tmp_path: Path) -> None:
    async with opened(tmp_path, MailboxConfig(max_size=OctetCount(600_000))) as store:
        mail = store.mail(AL)
        emails = [new(b"x" * 60_000) for _ in range(20)]
        with pytest.raises(StoreUnavailable, match="full"):
            await _append_each(mail, emails)
        count = await stored(mail)
        assert 0 < count < 20
        (gone,) = await mail.emails.carry_out([Expunge(await inbox(mail), None, Which.ALL)], NOW)
        await mail._runner.write(RemoveGone(ModSeq(gone.at)))
        assert (await append(mail, new(b"y" * 60_000))).uids == (count + 1,)
    assert list(verify_account(folder(tmp_path).path)) == []


async def _append_each(mail: EmbeddedMail, emails: Sequence[NewEmail]) -> None:
    for each in emails:
        await append(mail, each)


async def test_a_locked_database_refuses_and_recovers(tmp_path: Path) -> None:
    async with opened(tmp_path, QUICK) as store:
        mail = store.mail(AL)
        await append(mail)
        with closing(other_program(tmp_path)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailable, match="locked"):
                await append(mail)
            assert await stored(mail) == 1, "who reads waits for nobody"
            other.execute("ROLLBACK")
        await append(mail)
        assert await stored(mail) == 2


async def test_a_lock_that_is_held_for_too_long(tmp_path: Path) -> None:
    async with opened(tmp_path, QUICK) as store:
        mail = store.mail(AL)
        await append(mail)
        lock = open_lock(folder(tmp_path).lock)
        fcntl.flock(lock, fcntl.LOCK_EX)
        results = await asyncio.gather(*(append(mail, new()) for _ in range(20)), return_exceptions=True)
        assert {type(result) for result in results} == {StoreUnavailable}, "all of a batch hear of it"
        os.close(lock)
        await append(mail)
        assert await stored(mail) == 2


async def test_a_database_that_turns_read_only_refuses_and_recovers(tmp_path: Path) -> None:
    async with opened(tmp_path, QUICK) as store:
        mail = store.mail(AL)
        await append(mail)
        with store._files.use(AL) as file:
            assert file._writer is not None
            file._writer.execute("PRAGMA query_only = ON")
        with pytest.raises(StoreUnavailable, match="readonly"):
            await append(mail)
        await append(mail)
        assert await stored(mail) == 2


async def test_a_damaged_database_is_trouble_of_its_account_alone(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await append(store.mail(AL))
    database = folder(tmp_path).database
    database.write_bytes(b"no database at all".ljust(4096))
    async with opened(tmp_path) as store:
        with pytest.raises(StoreUnavailable, match="not a database"):
            await store.mail(AL).feed.at()
        with pytest.raises(StoreUnavailable, match="not a database"):
            await append(store.mail(AL))
        await append(store.mail(AccountId(9)))
    assert database.read_bytes().startswith(b"no database"), "what is damaged is left for people to look at"


async def test_a_schema_from_the_future(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await append(store.mail(AL))
    with closing(other_program(tmp_path)) as other:
        other.execute("PRAGMA user_version = 999")
    async with opened(tmp_path) as store:
        with pytest.raises(StoreUnavailable, match="999"):
            await store.mail(AL).feed.at()
        with pytest.raises(StoreUnavailable, match="999"):
            await append(store.mail(AL))


async def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "mail").write_bytes(b"no folder")
    async with opened(tmp_path) as store:
        with pytest.raises(StoreUnavailable):
            await store.mail(AL).feed.at()
        with pytest.raises(StoreUnavailable):
            await append(store.mail(AL))
        spool = store.mail(AL).emails.spool()
        with pytest.raises(StoreUnavailable):
            await spool.write(b"x" * 300_000)
        spool.discard()
        assert not await store.healthy()
        (tmp_path / "mail").unlink()
        assert await store.healthy()
        await append(store.mail(AL))


async def test_a_removed_account_takes_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        mail = store.mail(AL)
        await append(mail)
        await store.remove(AL)
        with pytest.raises(StoreUnavailable, match="removed"):
            store.mail(AL)
        with pytest.raises(StoreUnavailable, match="removed"):
            await mail.mailboxes.create("New")
        with pytest.raises(StoreUnavailable, match="removed"):
            await store.hold(AL)
        await store.tidy(NOW)
        assert not folder(tmp_path).path.exists()
        with pytest.raises(StoreUnavailable, match="removed"):
            await mail.feed.at()
        assert not folder(tmp_path).path.exists(), "nothing comes back"


async def test_nothing_is_begun_after_the_end(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        mail = store.mail(AL)
        await append(mail)
    with pytest.raises(StoreUnavailable, match="closed"):
        await mail.feed.at()
    with pytest.raises(StoreUnavailable, match="closed"):
        await mail.mailboxes.create("New")
