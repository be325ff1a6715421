"""The version of a database's schema (`PRAGMA user_version`), and how an older one is moved on."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Migration:
    """What leads from the version before to `version`."""

    version: int
    statements: tuple[str, ...]


class SchemaTooNew(Exception):
    """The database was written by a newer version of the program; nothing was changed."""


def version_of(connection: sqlite3.Connection) -> int:
    """The version of the schema; 0 for an empty database."""
    row: tuple[int] = connection.execute("PRAGMA user_version").fetchone()
    return row[0]


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> int:
    """Bring the database to the newest version and return the version it had.

    Each migration is a transaction; all of them are one for a database that is empty, so that a crash never leaves a
    new one with an old schema. Raises SchemaTooNew, or sqlite3.Error with the last whole version in place.
    """
    before = version_of(connection)
    newest = migrations[-1].version
    if before > newest:
        raise SchemaTooNew(f"its schema has version {before}; this program knows versions up to {newest}")
    steps = [migrations] if before == 0 else [(migration,) for migration in migrations]
    for step in steps:
        _apply(connection, step)
    return before


def _apply(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    """In one transaction, what somebody else has not done meanwhile."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = version_of(connection)
        for migration in migrations:
            if migration.version > version:
                for statement in migration.statements:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {migration.version:d}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
