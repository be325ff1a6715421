"""Moving a stopped shard to this program's schema."""

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from gateway.queue.config import QueueConfig
from gateway.queue.connection import DATABASE, connect
from gateway.queue.opening import own, shard_path
from gateway.queue.protocol import QueueUnavailable
from gateway.queue.schema import MIGRATIONS, Migration, SchemaTooNew, migrate


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
