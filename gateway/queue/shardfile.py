"""One shard's files as the writer's thread sees them: its connection, its locks, its turns, its folder of bodies."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import orjson

from gateway.queue import statements
from gateway.queue.config import QueueConfig
from gateway.queue.connection import WRITE_LOCK, connect
from gateway.queue.fairness import Turns
from gateway.storage.connection import open_lock, writing

BODIES = "bodies"


class ShardFile:
    """Used by one thread at a time. The connection is opened when it is needed, and anew after it has failed."""

    def __init__(self, path: Path, config: QueueConfig) -> None:
        self.path = path
        self.config = config
        self.turns = Turns(self._lowest_turn)
        self._connection: sqlite3.Connection | None = None
        self._lock: int | None = None
        self._doomed: list[str] = []

    @property
    def connection(self) -> sqlite3.Connection:
        """The open connection. Raises sqlite3.Error."""
        if self._connection is None:
            config = self.config
            self._connection = connect(self.path, lock_timeout=config.lock_timeout, max_size=config.max_size)
        return self._connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction; files that it dooms go after its commit. Raises sqlite3.Error, OSError: then nothing of
        it happened. Hence a file that cannot be removed is left to the sweep."""
        if self._lock is None:
            self._lock = open_lock(self.path / WRITE_LOCK)
        self._doomed.clear()
        with writing(self.connection, self._lock, self.config.lock_timeout):
            yield self.connection
        for name in self._doomed:
            with suppress(OSError):
                self.body(name).unlink()

    def body(self, name: str) -> Path:
        """Where a large body lies."""
        return self.path / BODIES / name

    def doom(self, name: str) -> None:
        """Remove this body after the commit."""
        self._doomed.append(name)

    def remove(self, deliveries: list[int]) -> None:
        """Delete deliveries, and those of their messages that have no others. Part of a transaction."""
        connection = self.connection
        connection.execute(statements.DELETE_DELIVERIES, (orjson.dumps(deliveries),))
        keys = orjson.dumps([delivery >> 16 for delivery in deliveries])
        for (name,) in connection.execute(statements.SELECT_ORPHANED, (keys,)).fetchall():
            self.doom(name)
        connection.execute(statements.DELETE_MESSAGES, (keys,))

    def reset(self) -> None:
        """Close the connection after a failure: the next use opens a new one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def close(self) -> None:
        """Close everything."""
        self.reset()
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)

    def _lowest_turn(self, hop: str) -> int | None:
        row: tuple[int | None] = self.connection.execute(statements.SELECT_LOWEST_TURN, (hop,)).fetchone()
        return row[0]
