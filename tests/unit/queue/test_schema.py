"""Migrations: each is a transaction, in order, and an unknown newer schema is left alone."""

import sqlite3
from pathlib import Path

import pytest

from gateway.mail.units import Seconds
from gateway.queue.config import QueueConfig
from gateway.queue.connection import connect
from gateway.queue.opening import ShardOwned, open_files, shard_path
from gateway.queue.protocol import QueueUnavailable
from gateway.queue.schema import MIGRATIONS
from gateway.queue.stored import StoredShard, WrongVersion
from gateway.queue.upgrade import upgrade_shard
from gateway.storage.migration import Migration, SchemaTooNew, migrate, version_of
from tests.contract.queue_support import NOW

SECOND = Migration(2, ("ALTER TABLE message ADD COLUMN note TEXT", "UPDATE message SET note = 'moved'"))
BROKEN = Migration(3, ("CREATE TABLE half (id INTEGER)", "CREATE TABLE half (id INTEGER)"))


@pytest.fixture
def version_one(tmp_path: Path) -> Path:
    """A data directory whose shard has the first schema, and a message."""
    opening = open_files(tmp_path, 0, QueueConfig(), NOW)
    with opening.shard.transaction() as connection:
        connection.execute("INSERT INTO message (id, meta) VALUES (1, 'x')")
    opening.close()
    return tmp_path


def _connect(data: Path) -> sqlite3.Connection:
    return connect(shard_path(data, 0), lock_timeout=Seconds(1))


def test_versions_count_from_one_without_a_gap() -> None:
    assert [migration.version for migration in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))


def test_an_empty_database_gets_the_newest_schema() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    assert migrate(connection, MIGRATIONS) == 0
    assert version_of(connection) == MIGRATIONS[-1].version
    assert migrate(connection, MIGRATIONS) == MIGRATIONS[-1].version
    connection.close()


def test_stored_data_is_moved_on(version_one: Path) -> None:
    assert upgrade_shard(version_one, 0, (*MIGRATIONS, SECOND)) == 1
    connection = _connect(version_one)
    assert version_of(connection) == 2
    assert connection.execute("SELECT note FROM message").fetchall() == [("moved",)]
    connection.close()


def test_a_migration_that_fails_leaves_the_last_whole_version(version_one: Path) -> None:
    with pytest.raises(QueueUnavailable, match="already exists"):
        upgrade_shard(version_one, 0, (*MIGRATIONS, SECOND, BROKEN))
    connection = _connect(version_one)
    assert version_of(connection) == 2
    assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'half'").fetchone() == (0,)
    connection.close()


def test_a_newer_schema_is_refused_and_left_alone(version_one: Path) -> None:
    upgrade_shard(version_one, 0, (*MIGRATIONS, SECOND))
    with pytest.raises(SchemaTooNew, match=r"00/queue\.db: its schema has version 2; this program knows .* up to 1"):
        open_files(version_one, 0, QueueConfig(), NOW)
    with pytest.raises(SchemaTooNew, match="version 2"):
        upgrade_shard(version_one, 0)
    with pytest.raises(WrongVersion, match="newer than this program knows"):
        StoredShard(version_one, 0)


def test_the_commands_refuse_an_older_schema(version_one: Path) -> None:
    connection = _connect(version_one)
    connection.execute("PRAGMA user_version = 0")
    connection.close()
    with pytest.raises(WrongVersion, match="gateway upgrade"):
        StoredShard(version_one, 0)


def test_a_running_gateway_is_not_upgraded(version_one: Path) -> None:
    opening = open_files(version_one, 0, QueueConfig(), NOW)
    with pytest.raises(ShardOwned, match="is a gateway running"):
        upgrade_shard(version_one, 0)
    opening.close()
