"""Who may have shared something with whom, over all accounts: `DATA/mail/shares.db`.

It holds more than is true: a row is written before the owner's list of rights is, and stays when the right is taken
away. So a crash between the two leaves a row that leads to an owner who shares nothing, and never hides a mailbox.
"""

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TypeVar

from typing_extensions import override

from gateway.auth.authenticator import AccountId
from gateway.mail.units import Seconds
from gateway.storage.connection import connect, open_lock, writing
from gateway.storage.files import locked, sync_folder
from gateway.storage.migration import Migration, SchemaTooNew, migrate
from gateway.store.embedded.paths import MAIL
from gateway.store.errors import StoreUnavailable
from gateway.store.protocol.sharing import Shares

T = TypeVar("T")

DATABASE: Final = "shares.db"
LOCK: Final = "shares.lock"
MIGRATIONS: Final = (
    # `viewer` 0: everybody.
    Migration(
        1,
        (
            "CREATE TABLE share (viewer INTEGER, owner INTEGER, PRIMARY KEY (viewer, owner)) WITHOUT ROWID",
            "CREATE INDEX share_owner ON share (owner)",
        ),
    ),
)
_TIMEOUT: Final = Seconds(5)
_HAS = "SELECT 1 FROM share WHERE viewer = ? AND owner = ?"
_ADD = "INSERT OR IGNORE INTO share VALUES (?, ?)"
_FORGET = "DELETE FROM share WHERE ? IN (viewer, owner)"
_WITH = "SELECT DISTINCT owner FROM share WHERE viewer IN (0, ?1) AND owner != ?1 ORDER BY owner"


class EmbeddedShares(Shares):
    """Opened at its first use; one thread at a time uses it. It raises StoreUnavailable."""

    def __init__(self, data: Path) -> None:
        self._folder = data / MAIL
        self._turn = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    @override
    async def shared_with(self, viewer: AccountId) -> Sequence[AccountId]:
        return await asyncio.to_thread(self._run, lambda connection: _owners(connection, viewer))

    async def add(self, owner: AccountId, viewer: AccountId) -> None:
        """Durable when it returns. `viewer` 0: everybody."""
        await asyncio.to_thread(self._run, lambda connection: self._add(connection, owner, viewer))

    async def forget(self, account: AccountId) -> None:
        """It was removed: it shares nothing, and nothing is shared with it."""
        await asyncio.to_thread(self._run, lambda connection: self._write(connection, _FORGET, (account,)))

    def close(self) -> None:
        """Close the file. The next use opens it again."""
        with self._turn:
            self._reset()

    def _run(self, job: Callable[[sqlite3.Connection], T]) -> T:
        with self._turn, self._trouble():
            if self._connection is None:
                self._connection = self._open()
            return job(self._connection)

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, SchemaTooNew) as error:
            self._reset()
            raise StoreUnavailable(f"{self._folder / DATABASE}: {error}") from error

    def _open(self) -> sqlite3.Connection:
        path = self._folder / DATABASE
        with locked(self._folder / LOCK):
            connection = connect(path, lock_timeout=_TIMEOUT)
            try:
                migrate(connection, MIGRATIONS)
                path.chmod(0o600)
                sync_folder(self._folder)
            except BaseException:
                connection.close()
                raise
        return connection

    def _add(self, connection: sqlite3.Connection, owner: AccountId, viewer: AccountId) -> None:
        if connection.execute(_HAS, (viewer, owner)).fetchone() is None:
            self._write(connection, _ADD, (viewer, owner))

    def _write(self, connection: sqlite3.Connection, statement: str, row: tuple[int, ...]) -> None:
        lock = open_lock(self._folder / LOCK)
        try:
            with writing(connection, lock, _TIMEOUT):
                connection.execute(statement, row)
        finally:
            os.close(lock)

    def _reset(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()


def _owners(connection: sqlite3.Connection, viewer: AccountId) -> Sequence[AccountId]:
    return [AccountId(owner) for (owner,) in connection.execute(_WITH, (viewer,))]
