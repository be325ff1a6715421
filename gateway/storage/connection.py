"""A connection to a database, and the transaction in which alone anything is written to it.

WAL with `synchronous = FULL`: a commit that has returned is on disk, and readers never wait for a writer.
"""

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from gateway.mail.units import Seconds

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA wal_autocheckpoint = 1000",
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA temp_store = MEMORY",
)
_POLL = 0.002
_STATEMENTS = 256


class LockTimeout(OSError):
    """Another process kept the write lock for too long."""


def connect(database: Path, *pragmas: str, lock_timeout: Seconds) -> sqlite3.Connection:
    """Open a database for one thread at a time. `pragmas` come after those of all databases. Raises sqlite3.Error."""
    connection = sqlite3.connect(
        database,
        timeout=lock_timeout,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=_STATEMENTS,
    )
    try:
        for pragma in (*_PRAGMAS, *pragmas):
            connection.execute(pragma)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


@contextmanager
def snapshot(database: Path, *, lock_timeout: Seconds) -> Iterator[sqlite3.Connection]:
    """A connection that changes nothing and sees one moment, also while others write. Raises sqlite3.Error, also where
    there is no database."""
    uri = f"{database.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=lock_timeout, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        yield connection


def open_lock(path: Path) -> int:
    """A descriptor of a lock file, made where it is missing; links are not followed. Raises OSError."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


@contextmanager
def writing(connection: sqlite3.Connection, lock: int, timeout: Seconds) -> Iterator[sqlite3.Connection]:
    """One transaction under the write lock: committed at the end, rolled back where the body or the commit raises.

    The lock is a queue in front of SQLite's own, which lets processes starve each other.
    Raises LockTimeout, sqlite3.Error.
    """
    with holding(lock, timeout):
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


@contextmanager
def holding(lock: int, timeout: Seconds) -> Iterator[None]:
    """The write lock alone, for what is no transaction or several. Raises LockTimeout."""
    _acquire(lock, timeout)
    try:
        yield
    finally:
        fcntl.flock(lock, fcntl.LOCK_UN)


def _acquire(lock: int, timeout: Seconds) -> None:
    give_up = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up:
                raise LockTimeout(f"another process has been writing for over {timeout:g} s") from None
            time.sleep(_POLL)
        else:
            return
