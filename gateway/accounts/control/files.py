"""The files of `control.db`, and what of SQLite and of the file system is trouble with the accounts."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from gateway.accounts.protocol import AccountsUnavailable
from gateway.mail.units import Seconds
from gateway.storage.connection import connect, open_lock, writing

DATABASE: Final = "control.db"
WRITE_LOCK: Final = "control.lock"
WRITE_TIMEOUT: Final = Seconds(30)
READ_TIMEOUT: Final = Seconds(0.25)
"""Readers do not wait for writers; this is for the moment after a crash, in which the log is recovered."""
LOOK_EVERY: Final = 0.05
"""Seconds for which a reader takes what it knows for true without asking the database whether anything has changed."""


@contextmanager
def trouble(what: str) -> Iterator[None]:
    """Trouble below becomes AccountsUnavailable."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise AccountsUnavailable(f"the accounts cannot be {what} now: {error}") from error


class Reader:
    """A connection that only reads, for one event loop. It is opened when it is needed, and anew after a failure."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._connection: sqlite3.Connection | None = None
        self._seen: int | None = None
        self._version = 0
        self._look_at = 0.0

    def version(self) -> int:
        """Changes whenever anything does. Raises AccountsUnavailable."""
        with self._careful():
            row: tuple[int] = self._open().execute("PRAGMA data_version").fetchone()
        if row[0] != self._seen:
            self._seen = row[0]
            self._version += 1
        self._look_at = time.monotonic() + LOOK_EVERY
        return self._version

    def recent_version(self) -> int:
        """The same, at most LOOK_EVERY old: costs nearly nothing."""
        return self.version() if time.monotonic() >= self._look_at else self._version

    @property
    def last_version(self) -> int:
        """The latest that was seen."""
        return self._version

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """All that is read within is of one moment. Raises AccountsUnavailable."""
        with self._careful():
            connection = self._open()
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def _careful(self) -> Iterator[None]:
        try:
            with trouble("read"):
                yield
        except AccountsUnavailable:
            self.close()
            raise

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            # SQLite would make an empty one.
            if not self._database.exists():
                raise FileNotFoundError(f"{self._database} is missing")
            self._connection = connect(self._database, "PRAGMA query_only = ON", lock_timeout=READ_TIMEOUT)
            self._seen = None
        return self._connection

    def close(self) -> None:
        """Close the connection. The next use opens another."""
        connection, self._connection = self._connection, None
        self._look_at = 0.0
        if connection is not None:
            connection.close()


class WriterFile:
    """A connection that writes, for any thread, one at a time."""

    def __init__(self, folder: Path) -> None:
        self._connection = connect(folder / DATABASE, "PRAGMA foreign_keys = ON", lock_timeout=WRITE_TIMEOUT)
        self._lock = open_lock(folder / WRITE_LOCK)
        self._turn = threading.Lock()

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """One durable transaction; undone where the body raises. Raises AccountsUnavailable."""
        with self._turn, trouble("changed"), writing(self._connection, self._lock, WRITE_TIMEOUT) as connection:
            yield connection

    @contextmanager
    def looking(self) -> Iterator[sqlite3.Connection]:
        """All that is read within is of one moment. Raises AccountsUnavailable."""
        with self._turn, trouble("read"):
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close everything."""
        self._connection.close()
        os.close(self._lock)
