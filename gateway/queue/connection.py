"""A connection to a shard's database, and the transaction in which alone anything is written to it."""

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.mail.units import OctetCount, Seconds

DATABASE = "queue.db"
WRITE_LOCK = "write.lock"

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA wal_autocheckpoint = 1000",
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA secure_delete = OFF",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -16384",
)
_POLL = 0.002
_STATEMENTS = 256


class LockTimeout(OSError):
    """Another process kept the write lock for too long."""


def connect(shard: Path, *, lock_timeout: Seconds, max_size: OctetCount | None = None) -> sqlite3.Connection:
    """Open the database of a shard for one thread at a time. Raises sqlite3.Error."""
    connection = sqlite3.connect(
        shard / DATABASE,
        timeout=lock_timeout,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=_STATEMENTS,
    )
    try:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        if max_size is not None:
            page: tuple[int] = connection.execute("PRAGMA page_size").fetchone()
            connection.execute(f"PRAGMA max_page_count = {max(max_size // page[0], 1):d}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def open_lock(path: Path) -> int:
    """A descriptor of a lock file, made where it is missing. Raises OSError."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextmanager
def writing(connection: sqlite3.Connection, lock: int, timeout: Seconds) -> Iterator[sqlite3.Connection]:
    """One transaction under the write lock: committed at the end, rolled back where the body or the commit raises.

    The lock is a queue in front of SQLite's own, which lets processes starve each other.
    Raises LockTimeout, sqlite3.Error.
    """
    _acquire(lock, timeout)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")
    finally:
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
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
