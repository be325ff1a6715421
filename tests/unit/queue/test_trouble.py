"""A disk that is full, a database that is locked or gone: refused, nothing changed, and well again by itself."""

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.mail.units import OctetCount, Seconds
from gateway.queue.config import QueueConfig
from gateway.queue.connection import connect
from gateway.queue.opening import open_files, shard_path
from gateway.queue.protocol import QueueUnavailable
from gateway.queue.shards import open_shard
from gateway.queue.statements import PROBE
from gateway.storage.connection import LockTimeout, open_lock, writing
from tests.contract.queue_support import HOP, NOW, SENT, names_claimed, new_mail, settlement

QUICK = QueueConfig(lock_timeout=Seconds(0.05))


async def test_a_full_database_takes_no_more_and_recovers(tmp_path: Path) -> None:
    queue = await open_shard(tmp_path, 0, QueueConfig(max_size=OctetCount(400_000)), NOW)
    mail = [new_mail(queue, body=b"x" * 60_000) for _ in range(10)]
    accepted = []
    refused: list[QueueUnavailable] = []
    for each in mail:
        try:
            accepted.append((each.message, await queue.enqueue(each, lease_for={HOP})))
        except QueueUnavailable as error:
            refused.append(error)
    assert accepted
    assert {str(error) for error in refused} == {"the queue cannot commit: database or disk is full"}
    for message, (delivery,) in accepted:
        await queue.settle([settlement(message, delivery, SENT)])
    assert await queue.healthy()
    await queue.enqueue(mail[-1], lease_for={HOP})
    await queue.close()


async def test_a_locked_database_refuses_and_recovers(tmp_path: Path) -> None:
    queue = await open_shard(tmp_path, 0, QUICK, NOW)
    mail = new_mail(queue)
    other = sqlite3.connect(shard_path(tmp_path, 0) / "queue.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert not await queue.healthy()
    with pytest.raises(QueueUnavailable, match="locked"):
        await queue.enqueue(mail, lease_for=())
    assert not await queue.refresh(NOW)
    other.execute("ROLLBACK")
    other.close()
    assert await queue.healthy()
    await queue.enqueue(mail, lease_for=())
    assert len(await names_claimed(queue, 10)) == 1
    await queue.close()


async def test_a_database_that_turns_read_only_refuses_and_recovers(tmp_path: Path) -> None:
    queue = await open_shard(tmp_path, 0, QUICK, NOW)
    opening = queue._shard
    opening.connection.execute("PRAGMA query_only = ON")
    with pytest.raises(QueueUnavailable, match="readonly"):
        await queue.enqueue(new_mail(queue), lease_for=())
    await queue.enqueue(new_mail(queue), lease_for=())
    await queue.close()


async def test_all_of_a_batch_hear_that_it_failed(tmp_path: Path) -> None:
    queue = await open_shard(tmp_path, 0, QUICK, NOW)
    other = sqlite3.connect(shard_path(tmp_path, 0) / "queue.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    mail = [new_mail(queue) for _ in range(20)]
    results = await asyncio.gather(*(queue.enqueue(each, lease_for=()) for each in mail), return_exceptions=True)
    other.execute("ROLLBACK")
    other.close()
    assert {type(result) for result in results} == {QueueUnavailable}
    assert await names_claimed(queue, 10) == []
    await queue.close()


async def test_a_spool_without_its_folder_is_unavailable(tmp_path: Path) -> None:
    queue = await open_shard(tmp_path, 0, QUICK, NOW)
    (shard_path(tmp_path, 0) / "bodies").rmdir()
    spool = queue.spool()
    with pytest.raises(QueueUnavailable, match="cannot be written"):
        await spool.write(b"x" * 1_000_000)
    spool.discard()
    await queue.close()


async def test_a_closed_queue_says_so(tmp_path: Path) -> None:
    queue = await open_shard(tmp_path, 0, QUICK, NOW)
    mail = new_mail(queue)
    await queue.close()
    await queue.close()
    with pytest.raises(QueueUnavailable, match="closed"):
        await queue.enqueue(mail, lease_for=())


async def test_closing_finishes_what_was_begun(tmp_path: Path) -> None:
    queue = await open_shard(tmp_path, 0, QUICK, NOW)
    tasks = [asyncio.ensure_future(queue.enqueue(new_mail(queue), lease_for=())) for _ in range(600)]
    await asyncio.sleep(0)
    await queue.close()
    assert len(await asyncio.gather(*tasks)) == 600


async def test_too_many_deliveries_are_refused_and_broken_text_is_mended(tmp_path: Path) -> None:
    queue = await open_shard(tmp_path, 0, QUICK, NOW)
    mail = new_mail(queue)
    with pytest.raises(ValueError, match="at most 65535"):
        await queue.enqueue(replace(mail, deliveries=mail.deliveries * 65536), lease_for=())
    await queue.enqueue(replace(mail, message=replace(mail.message, message_id="<\ud800@x>")), lease_for=())
    (claimed,) = await queue.claim(HOP, NOW, 1)
    assert claimed.message.message_id == "<?@x>"
    await queue.close()


def test_the_write_lock_is_waited_for_so_long(tmp_path: Path) -> None:
    open_files(tmp_path, 0, QUICK, NOW).close()
    shard = shard_path(tmp_path, 0)
    one, two = (connect(shard, lock_timeout=Seconds(1)) for _ in range(2))
    locks = [open_lock(shard / "write.lock") for _ in range(2)]
    with writing(one, locks[0], Seconds(1)), pytest.raises(LockTimeout, match="another process"):
        _probe(two, locks[1])
    _probe(two, locks[1])
    assert one.execute("SELECT count FROM probe").fetchone() == (1,)
    one.close()
    two.close()


def _probe(connection: sqlite3.Connection, lock: int) -> None:
    with writing(connection, lock, Seconds(0.01)):
        connection.execute(PROBE)


async def test_what_is_committed_stays_so_where_a_body_cannot_be_removed(tmp_path: Path) -> None:
    """Else the mail of others in the same commit would be refused though it is stored, and its bodies be removed."""
    queue = await open_shard(tmp_path, 0, QUICK, NOW)
    spool = queue.spool()
    await spool.write(b"Subject: large\r\n\r\nx\r\n")
    mail = new_mail(queue, body=await spool.finish())
    (delivery,) = await queue.enqueue(mail, lease_for={HOP})
    [file] = (shard_path(tmp_path, 0) / "bodies").iterdir()
    file.unlink()
    file.mkdir()
    other = new_mail(queue)
    done = queue.settle([settlement(mail.message, delivery, SENT)])
    await asyncio.gather(done, queue.enqueue(other, lease_for=()))
    assert await queue.octets(mail.message.id) is None
    assert len(await names_claimed(queue, 10)) == 1
    await queue.close()


async def test_what_is_no_body_is_left_where_it_is(tmp_path: Path) -> None:
    bodies = shard_path(tmp_path, 0) / "bodies"
    (bodies / "lost+found").mkdir(parents=True)
    queue = await open_shard(tmp_path, 0, QUICK, NOW)
    assert await queue.refresh(NOW)
    await queue.close()
    assert (bodies / "lost+found").is_dir()
