"""One account's files as the threads of a process see them: a connection that writes, and some that read."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from gateway.mail.units import Timestamp
from gateway.storage.connection import connect, open_lock, writing
from gateway.storage.migration import SchemaTooNew
from gateway.storage.trouble import is_passing, is_trouble
from gateway.store.config import MailboxConfig
from gateway.store.embedded import birth
from gateway.store.embedded.database.operation import Operation
from gateway.store.embedded.database.transaction import Transaction
from gateway.store.embedded.paths import AccountFolder
from gateway.store.errors import StoreUnavailable
from gateway.store.model import ModSeq

_WRITER: Final = (
    "PRAGMA secure_delete = FAST",
    "PRAGMA cache_size = -8192",
    # A message of 50 KB fills some 30 pages: at SQLite's 1000, every few batches would wait for the database's fsync.
    "PRAGMA wal_autocheckpoint = 4000",
)
_READER: Final = ("PRAGMA query_only = ON", "PRAGMA cache_size = -4096")


class AccountFile:
    """Connections are opened when they are needed, and anew after they have failed.

    One thread at a time writes; any number of them reads.
    """

    def __init__(self, folder: AccountFolder, config: MailboxConfig) -> None:
        self.users = 0
        """Threads that work with it now; kept by `AccountFiles`."""
        self._folder = folder
        self.config = config
        """As it was when they were last taken."""
        self._writer: sqlite3.Connection | None = None
        self._lock: int | None = None
        self._readers: list[sqlite3.Connection] = []

    def commit(self, operations: Sequence[Operation], now: Timestamp) -> ModSeq | None:
        """All of them in one transaction. Returns the account's new state, None where it is as before.

        Raises StoreUnavailable: nothing of any of them happened.
        """
        try:
            return self._commit(operations, now)
        except (sqlite3.Error, OSError, SchemaTooNew) as error:
            if not is_passing(error):
                self._drop_writer()
            raise StoreUnavailable(f"{self._folder.database} cannot be written: {error}") from error

    @contextmanager
    def reading(self, now: Timestamp) -> Iterator[sqlite3.Connection]:
        """A snapshot. Raises StoreUnavailable, also for trouble in the body."""
        self._refuse_removed()
        connection: sqlite3.Connection | None = None
        try:
            connection = self._idle_reader() or self._open(now, *_READER)
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")
        except (sqlite3.Error, OSError, SchemaTooNew) as error:
            if not (isinstance(error, SchemaTooNew) or is_trouble(error)):
                raise
            _close(connection)
            connection = None
            raise StoreUnavailable(f"{self._folder.database} cannot be read: {error}") from error
        finally:
            if connection is not None:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                self._readers.append(connection)

    def close(self) -> None:
        """Close everything: nobody uses it."""
        while self._readers:
            self._readers.pop().close()
        self._drop_writer()
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)

    def _commit(self, operations: Sequence[Operation], now: Timestamp) -> ModSeq | None:
        connection = self._writer
        if connection is None:
            connection = self._writer = self._open_writer(now)
        if self._lock is None:
            self._lock = open_lock(self._folder.lock)
        with writing(connection, self._lock, self.config.lock_timeout):
            self._refuse_removed()
            seq = _seq(connection)
            transaction = Transaction(connection, self.config, now, seq, alone=len(operations) == 1)
            for operation in operations:
                transaction.now = now if operation.now is None else operation.now
                operation.run(transaction)
            if transaction.seq != seq:
                connection.execute("UPDATE account SET seq = ?", (transaction.seq,))
        self._remove(transaction.doomed)
        return None if transaction.seq == seq else ModSeq(transaction.seq)

    def _idle_reader(self) -> sqlite3.Connection | None:
        try:
            return self._readers.pop()
        except IndexError:
            return None

    def _open_writer(self, now: Timestamp) -> sqlite3.Connection:
        connection = self._open(now, *_WRITER)
        if self.config.max_size is not None:
            page: tuple[int] = connection.execute("PRAGMA page_size").fetchone()
            connection.execute(f"PRAGMA max_page_count = {max(self.config.max_size // page[0], 1):d}")
        return connection

    def _open(self, now: Timestamp, *pragmas: str) -> sqlite3.Connection:
        self._refuse_removed()
        if not self._folder.database.exists():
            birth.prepare(self._folder, self.config, now)
        connection = connect(self._folder.database, *pragmas, lock_timeout=self.config.lock_timeout)
        try:
            if not birth.is_born(connection):
                birth.prepare(self._folder, self.config, now)
        except (sqlite3.Error, OSError, SchemaTooNew):
            connection.close()
            raise
        return connection

    def _refuse_removed(self) -> None:
        if self._folder.is_removed():
            raise StoreUnavailable("the account was removed")

    def _remove(self, doomed: Sequence[str]) -> None:
        """A file that cannot be removed is left to the sweep."""
        for name in doomed:
            with suppress(OSError):
                (self._folder.bodies / name).unlink()

    def _drop_writer(self) -> None:
        connection, self._writer = self._writer, None
        _close(connection)


def _close(connection: sqlite3.Connection | None) -> None:
    if connection is not None:
        with suppress(sqlite3.Error):
            connection.close()


def _seq(connection: sqlite3.Connection) -> int:
    row: tuple[int] = connection.execute("SELECT seq FROM account").fetchone()
    return row[0]
