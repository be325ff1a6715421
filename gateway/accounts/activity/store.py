"""`activity.db` on disk: one thread at a time. What is lost in a crash is at most the last commits, never the file.

WAL with `synchronous = NORMAL`: a commit costs no fsync. Workers add their numbers up in the same rows, and each reads
what has changed since it last looked.
"""

import fcntl
import os
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

from gateway.accounts.activity import schema
from gateway.accounts.activity.familiar import Place
from gateway.accounts.activity.records import Alike, Tried, safe_name
from gateway.accounts.activity.tally import Cell, Count
from gateway.mail.units import Seconds, Timestamp
from gateway.storage.connection import connect, open_lock, writing
from gateway.storage.migration import migrate

DATABASE = "activity.db"
LOCK = "activity.lock"
LOCK_TIMEOUT = Seconds(5)

MOST_FAILURES = 200_000
"""Rows of failed log-ins that are kept: some 30 MB."""
MOST_SUCCESSES = 1_000_000
MOST_TALLIES = 400_000
"""Buckets of each kind."""
MOST_PLACES = 1000
"""Networks remembered of one account."""


class Kind(IntEnum):
    """What is counted."""

    ACCOUNTS = 1
    STRANGERS = 2
    HOUR = 3
    DAY = 4


class Use(NamedTuple):
    """A credential was used."""

    credential: int
    account: int
    at: Timestamp
    client: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What a worker has to tell."""

    logins: Mapping[Alike, Tried]
    uses: Mapping[int, Use]
    places: Mapping[Place, int]
    tallies: Mapping[Kind, Mapping[Cell, tuple[int, int]]]

    def __bool__(self) -> bool:
        return bool(self.logins or self.uses or self.places or any(self.tallies.values()))


@dataclass(frozen=True, slots=True)
class News:
    """What has changed, this worker's own changes included."""

    places: Sequence[tuple[Place, int]] = ()
    tallies: Sequence[tuple[Kind, Cell, Count]] = ()


class Store:
    """The file. Every method raises sqlite3.Error and OSError; then nothing has changed, and it may be called again."""

    def __init__(self, data: Path) -> None:
        self._path = data / DATABASE
        self._lock_path = data / LOCK
        self._connection: sqlite3.Connection | None = None
        self._lock: int | None = None
        self._read_to = -1
        self._version = -1

    def exchange(self, batch: Batch) -> News:
        """Write what there is to tell, and read what is new. With nothing of either it costs microseconds."""
        try:
            if batch:
                self._write(batch)
            return self._news()
        except (sqlite3.Error, OSError):
            self._reset()
            raise

    def sweep(self, oldest: Mapping[Kind, int], logins: Timestamp, places: Timestamp) -> None:
        """Forget what is too old or too much: buckets by their start, log-ins and places by their last time."""
        connection, lock = self._open()
        with writing(connection, lock, LOCK_TIMEOUT):
            for kind, start in oldest.items():
                connection.execute(schema.OLD_TALLIES, (kind, start))
                connection.execute(schema.EXCESS_TALLIES, (kind, MOST_TALLIES))
            connection.execute(schema.OLD_LOGINS, (logins,))
            connection.execute(schema.EXCESS_FAILURES, (MOST_FAILURES,))
            connection.execute(schema.EXCESS_SUCCESSES, (MOST_SUCCESSES,))
            connection.execute(schema.OLD_PLACES, (places,))
            connection.execute(schema.EXCESS_PLACES, (MOST_PLACES,))

    def close(self) -> None:
        """Close the files."""
        self._reset()
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)

    def _write(self, batch: Batch) -> None:
        connection, lock = self._open()
        with writing(connection, lock, LOCK_TIMEOUT):
            row: tuple[int] = connection.execute(schema.NEXT_TURN).fetchone()
            turn = row[0]
            connection.executemany(schema.PUT_LOGIN, [_login(*one) for one in batch.logins.items()])
            connection.executemany(schema.PUT_USE, batch.uses.values())
            connection.executemany(schema.PUT_PLACE, [(*place, last, turn) for place, last in batch.places.items()])
            connection.executemany(
                schema.PUT_TALLY,
                [(kind, *cell, *one, turn) for kind, cells in batch.tallies.items() for cell, one in cells.items()],
            )
        self._version = -1

    def _news(self) -> News:
        connection, _ = self._open()
        version: tuple[int] = connection.execute("PRAGMA data_version").fetchone()
        if version[0] == self._version:
            return News()
        connection.execute("BEGIN")
        try:
            places = connection.execute(schema.NEW_PLACES, (self._read_to,)).fetchall()
            tallies = connection.execute(schema.NEW_TALLIES, (self._read_to,)).fetchall()
        finally:
            connection.execute("COMMIT")
        self._version = version[0]
        self._read_to = max([self._read_to, *(row[-1] for row in places[-1:]), *(row[-1] for row in tallies[-1:])])
        return News(
            [(Place(account, network), last) for account, network, last, _ in places],
            [(Kind(kind), Cell(key, start), Count(one, two)) for kind, key, start, one, two, _ in tallies],
        )

    def _open(self) -> tuple[sqlite3.Connection, int]:
        if self._lock is None:
            self._lock = open_lock(self._lock_path)
        if self._connection is None:
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            try:
                self._connection = self._opened()
            finally:
                fcntl.flock(self._lock, fcntl.LOCK_UN)
        return self._connection, self._lock

    def _opened(self) -> sqlite3.Connection:
        """Alone: workers that start together would be in each other's way when they make the file."""
        connection = connect(self._path, "PRAGMA synchronous = NORMAL", lock_timeout=LOCK_TIMEOUT)
        try:
            migrate(connection, schema.MIGRATIONS)
        except BaseException:
            connection.close()
            raise
        self._path.chmod(0o600)
        return connection

    def _reset(self) -> None:
        """The next use opens the file again. What was read stays read."""
        connection, self._connection = self._connection, None
        self._version = -1
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()


def _login(alike: Alike, tried: Tried) -> tuple[int | float | str | None, ...]:
    what = (alike.account, safe_name(tried.name), alike.service, alike.mechanism, tried.client, alike.tls, alike.result)
    return (alike.id, tried.first, tried.last, tried.count, *what)
