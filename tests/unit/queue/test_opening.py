"""Who owns which shard."""

from pathlib import Path

import pytest

from gateway.queue.config import QueueConfig
from gateway.queue.opening import ShardOwned, adoptable, open_files, shard_numbers, shard_path
from gateway.queue.protocol import QueueUnavailable
from gateway.queue.shards import Place, adopt, open_shard
from tests.contract.queue_support import HOP, NOW, hops, new_mail

CONFIG = QueueConfig()


async def test_a_shard_has_one_owner(tmp_path: Path) -> None:
    queue = await open_shard(tmp_path, 0, CONFIG, NOW)
    with pytest.raises(ShardOwned):
        await open_shard(tmp_path, 0, CONFIG, NOW)
    await queue.close()
    await (await open_shard(tmp_path, 0, CONFIG, NOW)).close()


async def test_a_worker_adopts_what_workers_that_are_gone_have_left(tmp_path: Path) -> None:
    for number in range(5):
        queue = await open_shard(tmp_path, number, CONFIG, NOW)
        await queue.enqueue(new_mail(queue), lease_for={HOP})
        await queue.close()
    assert shard_numbers(tmp_path) == [0, 1, 2, 3, 4]
    queues = await adopt(Place(tmp_path, 0, 2), CONFIG, NOW)
    assert [queue.number for queue in queues] == [0, 2, 4]
    assert all(hops(queue) == [HOP] for queue in queues)
    assert adoptable(tmp_path, 1, 2, owned=()) == [1, 3]
    for queue in queues:
        await queue.close()


async def test_a_foreign_shard_that_is_owned_is_left_for_later(tmp_path: Path) -> None:
    other = await open_shard(tmp_path, 3, CONFIG, NOW)
    (own,) = await adopt(Place(tmp_path, 1, 2), CONFIG, NOW)
    assert own.number == 1
    await other.close()
    (late,) = await adopt(Place(tmp_path, 1, 2), CONFIG, NOW, owned=(1,))
    assert late.number == 3
    for queue in (own, late):
        await queue.close()


async def test_the_own_shard_of_a_second_gateway_is_refused(tmp_path: Path) -> None:
    queue = await open_shard(tmp_path, 0, CONFIG, NOW)
    with pytest.raises(ShardOwned, match="is a gateway running"):
        await adopt(Place(tmp_path, 0, 1), CONFIG, NOW)
    await queue.close()


def test_bodies_that_no_message_names_are_swept_at_opening(tmp_path: Path) -> None:
    open_files(tmp_path, 0, CONFIG, NOW).close()
    orphan = shard_path(tmp_path, 0) / "bodies" / "left.eml"
    orphan.write_bytes(b"half a mess")
    open_files(tmp_path, 0, CONFIG, NOW).close()
    assert not orphan.exists()


def test_what_is_no_database_is_unavailable_and_left_alone(tmp_path: Path) -> None:
    database = shard_path(tmp_path, 0) / "queue.db"
    database.parent.mkdir(parents=True)
    database.write_bytes(b"not a database, but somebody's file" * 100)
    with pytest.raises(QueueUnavailable, match="file is not a database"):
        open_files(tmp_path, 0, CONFIG, NOW)
    assert database.read_bytes().startswith(b"not a database")


def test_a_data_directory_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "queue").write_text("a file in its place")
    with pytest.raises(QueueUnavailable, match="cannot be opened"):
        open_files(tmp_path, 0, CONFIG, NOW)


def test_no_data_directory_has_no_shards(tmp_path: Path) -> None:
    assert shard_numbers(tmp_path / "nowhere") == []
