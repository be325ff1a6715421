"""Moving a stopped shard to this program's schema."""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from gateway.queue.config import QueueConfig
from gateway.queue.connection import DATABASE, connect
from gateway.queue.opening import own, shard_numbers, shard_path
from gateway.queue.protocol import QueueUnavailable
from gateway.queue.schema import MIGRATIONS
from gateway.storage.migration import Migration, SchemaTooNew, migrate, version_of


def refuse_newer(data: Path) -> None:
    """See that no shard was written by a newer version of the program. Raises SchemaTooNew, QueueUnavailable."""
    newest = MIGRATIONS[-1].version
    for number in shard_numbers(data):
        path = shard_path(data, number)
        try:
            with closing(connect(path, lock_timeout=QueueConfig().lock_timeout)) as connection:
                version = version_of(connection)
        except sqlite3.Error as error:
            raise QueueUnavailable(f"{path / DATABASE} cannot be read: {error}") from error
        if version > newest:
            why = f"its schema has version {version}; this program knows versions up to {newest}: use a newer one"
            raise SchemaTooNew(f"{path / DATABASE}: {why}")


def upgrade_shard(data: Path, number: int, migrations: Sequence[Migration] = MIGRATIONS) -> int:
    """Migrate one shard, as its owner. Returns the version it had.

    Raises ShardOwned where a gateway is running, SchemaTooNew, QueueUnavailable.
    """
    path = shard_path(data, number)
    owner = own(path)
    try:
        connection = connect(path, lock_timeout=QueueConfig().lock_timeout)
        try:
            return migrate(connection, migrations)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise QueueUnavailable(f"{path / DATABASE} cannot be upgraded: {error}") from error
    except SchemaTooNew as error:
        raise SchemaTooNew(f"{path / DATABASE}: {error}") from error
    finally:
        os.close(owner)
