"""The schemas of all databases of a data folder: moved to this program's, or refused where they are newer."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.accounts.activity.schema import MIGRATIONS as ACTIVITY
from gateway.accounts.activity.store import DATABASE as ACTIVITY_DB
from gateway.mail.units import Seconds
from gateway.storage.connection import connect
from gateway.storage.migration import Migration, SchemaTooNew, migrate
from gateway.store.embedded.database.schema import MIGRATIONS as ACCOUNT
from gateway.store.embedded.paths import MAIL, accounts_in, folder_of
from gateway.store.embedded.sharing.shares import DATABASE as SHARES_DB
from gateway.store.embedded.sharing.shares import MIGRATIONS as SHARES

_PATIENCE: Final = Seconds(30)


class CannotUpgrade(Exception):
    """A database is in trouble; the message says which, and how."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A database, and what leads to its newest schema."""

    path: Path
    migrations: Sequence[Migration]


def stored(data: Path) -> Iterator[Stored]:
    """Those besides the queue and `control.db`, which have owners of their own. Indexes are made anew."""
    yield from (
        one
        for one in (Stored(data / ACTIVITY_DB, ACTIVITY), Stored(data / MAIL / SHARES_DB, SHARES))
        if one.path.exists()
    )
    for account in accounts_in(data):
        yield Stored(folder_of(data, account).database, ACCOUNT)


def upgrade(one: Stored) -> int:
    """Returns the version it had. Raises SchemaTooNew, CannotUpgrade."""
    try:
        with closing(connect(one.path, lock_timeout=_PATIENCE)) as connection:
            return migrate(connection, one.migrations)
    except SchemaTooNew as error:
        raise SchemaTooNew(f"{one.path}: {error}") from error
    except (sqlite3.Error, OSError) as error:
        raise CannotUpgrade(f"{one.path} cannot be upgraded: {error}") from error


def refuse_newer(data: Path) -> None:
    """See that no database is of a newer version. One that cannot be read is its account's trouble alone.

    Raises SchemaTooNew.
    """
    for one in stored(data):
        version = _version(one.path)
        newest = one.migrations[-1].version
        if version > newest:
            why = f"its schema has version {version}; this program knows versions up to {newest}: use a newer one"
            raise SchemaTooNew(f"{one.path}: {why}")


def _version(path: Path) -> int:
    """From the file's header, without opening it as a database: there may be very many."""
    try:
        with path.open("rb") as file:
            header = file.read(64)
    except OSError:
        return 0
    return int.from_bytes(header[60:64], "big") if header.startswith(b"SQLite format 3\0") else 0
