"""Group commit: operations share a transaction, and nothing else."""

import asyncio
import fcntl
import os
import sqlite3
from pathlib import Path

import pytest
from typing_extensions import override

from gateway.auth.authenticator import AccountId
from gateway.mail.units import Timestamp
from gateway.storage.connection import open_lock
from gateway.store.config import MailboxConfig
from gateway.store.embedded.database.account_files import AccountFiles
from gateway.store.embedded.database.account_runner import AccountRunner
from gateway.store.embedded.database.reader import Reader
from gateway.store.embedded.database.transaction import Transaction
from gateway.store.embedded.database.writer import MAX_BATCH, Writer
from gateway.store.embedded.hints import HostHints
from gateway.store.errors import NotPossible, StoreUnavailable
from gateway.store.model import ChangeKind, EmailId, ModSeq, NewEmail
from tests.unit.store.embedded.engine_support import AL, NOW, append, folder, opened, other_program, stored

LATER = Timestamp(NOW + 60)


class Told(HostHints):
    """Writes down what is told."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self.told: list[tuple[AccountId, ModSeq]] = []

    @override
    def tell(self, account: AccountId, at: ModSeq) -> None:
        self.told.append((account, at))


class Bench:
    """A writer with a runner of one account."""

    def __init__(self, data: Path) -> None:
        self.files = AccountFiles(data, MailboxConfig(), lambda: NOW)
        self.hints = Told(data)
        self.reader, self.writer = Reader(self.files), Writer(self.files, self.hints)

    def runner(self, account: AccountId = AL) -> AccountRunner:
        return AccountRunner(account, self.reader, self.writer, self.files.config)

    async def close(self) -> None:
        await self.writer.stop()
        await self.reader.stop()
        self.files.close()
        self.hints.close()


def change(transaction: Transaction) -> ModSeq:
    return transaction.change(ChangeKind.QUOTA)


async def test_what_is_pending_is_one_transaction(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    moments = await asyncio.gather(*(bench.runner().write(change) for _ in range(100)))
    assert list(moments) == list(range(moments[0], moments[0] + 100)), "in the order in which they were asked for"
    assert bench.hints.told == [(AL, moments[-1])]
    await bench.close()


async def test_a_batch_has_an_end(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    moments = await asyncio.gather(*(bench.runner().write(change) for _ in range(MAX_BATCH + 1)))
    assert [at for _, at in bench.hints.told] == [moments[-2], moments[-1]]
    await bench.close()


async def test_accounts_are_written_side_by_side(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    accounts = [AccountId(number) for number in range(1, 21)]
    await asyncio.gather(*(bench.runner(account).write(change) for account in accounts))
    assert sorted(account for account, _ in bench.hints.told) == accounts
    await bench.close()


async def test_an_operation_that_fails_takes_nothing_with_it(tmp_path: Path) -> None:
    bench, keep = Bench(tmp_path), folder(tmp_path).bodies / "keep"

    def fail(transaction: Transaction) -> None:
        transaction.change(ChangeKind.QUOTA)
        transaction.doomed.append("keep")
        raise NotPossible("no")

    await bench.runner().write(change)
    keep.touch()
    results = await asyncio.gather(
        *(bench.runner().write(job) for job in (change, fail, change)), return_exceptions=True
    )
    first, failed, second = results
    assert isinstance(first, int)
    assert isinstance(failed, NotPossible)
    assert second == first + 1
    assert keep.exists()
    with other_program(tmp_path) as other:
        rows = other.execute("SELECT seq FROM change ORDER BY seq DESC LIMIT 2").fetchall()
    other.close()
    assert rows == [(second,), (first,)]
    await bench.close()


async def test_one_that_is_alone_and_fails_has_changed_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    def fail(transaction: Transaction) -> None:
        transaction.change(ChangeKind.QUOTA)
        raise NotPossible("no")

    before = await bench.runner().write(change)
    with pytest.raises(NotPossible):
        await bench.runner().write(fail)
    with other_program(tmp_path) as other:
        assert other.execute("SELECT max(seq) FROM change").fetchone() == (before,)
        assert other.execute("SELECT seq FROM account").fetchone() == (before,)
    other.close()
    assert await bench.runner().write(change) == before + 1
    assert [at for _, at in bench.hints.told] == [before, before + 1]
    await bench.close()


async def test_a_fault_of_an_operation_is_its_callers(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with pytest.raises(ZeroDivisionError):
        await bench.runner().write(lambda transaction: transaction.seq // 0)
    with pytest.raises(sqlite3.IntegrityError):
        await bench.runner().write(
            lambda transaction: transaction.connection.execute("INSERT INTO account VALUES (1, 1, 1, 1)")
        )
    assert await bench.runner().write(change)
    await bench.close()


async def test_nothing_changed_nobody_is_told(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.runner().write(lambda _transaction: None)
    assert bench.hints.told == []
    await bench.close()


def _time(transaction: Transaction) -> Timestamp:
    return transaction.now


async def test_an_operation_has_the_time_of_its_caller(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    runner = bench.runner()
    first, second = runner.write(_time, LATER), runner.write(_time)
    times = tuple(await asyncio.gather(first, second))
    assert times == (LATER, NOW)
    await bench.close()


async def test_files_go_after_the_commit(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.runner().write(change)
    (folder(tmp_path).bodies / "doomed").touch()
    await bench.runner().write(lambda transaction: transaction.doomed.extend(["doomed", "never-was"]))
    assert list(folder(tmp_path).bodies.iterdir()) == []
    await bench.close()


async def test_what_is_pending_at_the_end_is_done(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    task = asyncio.create_task(bench.runner().write(change))
    await asyncio.sleep(0)
    await bench.writer.stop()
    assert await task
    with pytest.raises(StoreUnavailable):
        await bench.runner().write(change)
    await bench.close()


async def test_a_caller_that_is_cancelled_may_find_it_done(tmp_path: Path) -> None:
    """And its large message is either named by a row, or left to the sweep: never removed."""
    async with opened(tmp_path) as store:
        mail = store.mail(AL)
        await append(mail)
        spool = mail.emails.spool()
        await spool.write(b"x" * 100_000)
        body = await spool.finish()
        lock = open_lock(folder(tmp_path).lock)
        fcntl.flock(lock, fcntl.LOCK_EX)
        task = asyncio.create_task(append(mail, NewEmail(body, NOW)))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        body.discard()
        os.close(lock)
        await append(mail)
        assert await stored(mail) == 3
        (octets,) = await mail.emails.octets([EmailId(2)])
        assert octets is not None
        assert len(octets) == 100_000
