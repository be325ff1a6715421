"""An account's files, made at its first use: its database, INBOX and the mailboxes that every account begins with."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from gateway.mail.units import Timestamp
from gateway.storage.connection import connect, holding, open_lock
from gateway.storage.files import give, sync_folder
from gateway.storage.migration import SchemaTooNew, migrate, version_of
from gateway.store.config import MailboxConfig
from gateway.store.embedded.database.schema import MIGRATIONS
from gateway.store.embedded.database.transaction import Transaction
from gateway.store.embedded.mailboxes.creation import make
from gateway.store.embedded.mailboxes.rows import walk
from gateway.store.embedded.paths import AccountFolder
from gateway.store.model import SpecialUse
from gateway.store.names import INBOX, levels_of, name_of

_FRESH: Final = "mail.db.new"


def is_born(connection: sqlite3.Connection) -> bool:
    """Whether the database has this program's schema and an account in it. Raises SchemaTooNew, sqlite3.Error."""
    version, newest = version_of(connection), MIGRATIONS[-1].version
    if version > newest:
        raise SchemaTooNew(f"its schema has version {version}; this program knows versions up to {newest}")
    return version == newest and connection.execute("SELECT 1 FROM account").fetchone() is not None


def prepare(folder: AccountFolder, config: MailboxConfig, now: Timestamp) -> None:
    """See that the account has its files, with this program's schema. Blocks.

    Raises SchemaTooNew, sqlite3.Error, OSError.
    """
    _make_folders(folder)
    lock = open_lock(folder.lock)
    try:
        give(lock, folder.path)
        with holding(lock, config.lock_timeout):
            if folder.database.exists():
                with closing(connect(folder.database, lock_timeout=config.lock_timeout)) as connection:
                    migrate(connection, MIGRATIONS)
            else:
                _make(folder, config, now)
    finally:
        os.close(lock)


def _make(folder: AccountFolder, config: MailboxConfig, now: Timestamp) -> None:
    """It gets its name once it is whole: a crash leaves none. SQLite would let others read what it makes."""
    fresh = folder.path / _FRESH
    for left in (fresh, fresh.with_name(f"{_FRESH}-wal"), fresh.with_name(f"{_FRESH}-shm")):
        left.unlink(missing_ok=True)
    _touch(fresh)
    with closing(connect(fresh, lock_timeout=config.lock_timeout)) as connection:
        migrate(connection, MIGRATIONS)
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            _give_birth(connection, config, now)
    fresh.rename(folder.database)
    sync_folder(folder.path)


def _touch(fresh: Path) -> None:
    """SQLite gives what it makes beside a database to the owner of the database."""
    file = open_lock(fresh)
    try:
        give(file, fresh.parent)
    finally:
        os.close(file)


def _make_folders(folder: AccountFolder) -> None:
    """Synced also where they are there: who made them may have died before that."""
    hundred, mail, data = folder.path.parents[:3]
    for path in (data, mail, hundred, folder.path, folder.bodies):
        path.mkdir(mode=0o700, parents=path is data, exist_ok=True)
        if path is not data:
            _give_folder(path)
    for path in (folder.path, hundred, mail, data):
        sync_folder(path)


def _give_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        give(descriptor, path.parent)
    finally:
        os.close(descriptor)


def _give_birth(connection: sqlite3.Connection, config: MailboxConfig, now: Timestamp) -> None:
    """All that ever happened to a new account is in its feed. Part of a transaction."""
    connection.execute("INSERT INTO account (id, seq, uidvalidity, since) VALUES (1, 0, 0, 0)")
    transaction = Transaction(connection, config, now, 0)
    names = config.names
    _make_first(transaction, INBOX, None)
    for use, name in (
        (SpecialUse.DRAFTS, names.drafts),
        (SpecialUse.SENT, names.sent),
        (SpecialUse.ARCHIVE, names.archive),
        (SpecialUse.JUNK, names.junk),
        (SpecialUse.TRASH, names.trash),
    ):
        if name:
            _make_first(transaction, name, use)
    connection.execute("UPDATE account SET seq = ?", (transaction.seq,))


def _make_first(transaction: Transaction, name: str, use: SpecialUse | None) -> None:
    """Whatever the quota, and subscribed."""
    levels = levels_of(name)
    found = walk(transaction.connection, levels)
    parent = found[-1].id if found else 0
    for depth in range(len(found), len(levels)):
        parent = make(transaction, parent, levels[depth], use if depth == len(levels) - 1 else None)
    transaction.connection.execute("INSERT OR IGNORE INTO subscription VALUES (?)", (name_of(levels),))
