"""The schema of a shard's database, its version (`PRAGMA user_version`), and how an older one is moved on."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

TABLES = (
    # `file` names a body in bodies/, else `body` has it.
    "CREATE TABLE message (id INTEGER PRIMARY KEY, meta BLOB NOT NULL, file TEXT, body BLOB)",
    "CREATE INDEX spooled ON message (file) WHERE file IS NOT NULL",
    """CREATE TABLE delivery (
        id INTEGER PRIMARY KEY,
        state INTEGER NOT NULL,
        hop TEXT NOT NULL,
        due REAL NOT NULL,
        turn INTEGER,
        flow INTEGER NOT NULL,
        route TEXT NOT NULL,
        needs TEXT NOT NULL,
        who BLOB NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        told INTEGER NOT NULL DEFAULT 0,
        reply TEXT NOT NULL DEFAULT '',
        reason TEXT NOT NULL DEFAULT '',
        mark INTEGER NOT NULL DEFAULT 0)""",
    "CREATE INDEX ready ON delivery (hop, turn, id, due, state) WHERE turn IS NOT NULL",
    "CREATE INDEX waiting ON delivery (hop, due, id, state) WHERE turn IS NULL AND state < 2",
    "CREATE INDEX held ON delivery (id) WHERE state = 3",
    "CREATE TABLE attempt (delivery INTEGER, at REAL, result BLOB NOT NULL, PRIMARY KEY (delivery, at)) WITHOUT ROWID",
    """CREATE TABLE history (
        id INTEGER PRIMARY KEY,
        at REAL NOT NULL,
        state INTEGER NOT NULL,
        meta BLOB NOT NULL,
        who BLOB NOT NULL,
        attempts INTEGER NOT NULL,
        result BLOB)""",
    "CREATE INDEX history_at ON history (at)",
    "CREATE TABLE probe (id INTEGER PRIMARY KEY, count INTEGER NOT NULL)",
)


@dataclass(frozen=True, slots=True)
class Migration:
    """What leads from the version before to `version`."""

    version: int
    statements: tuple[str, ...]


MIGRATIONS: tuple[Migration, ...] = (Migration(1, TABLES),)
"""In order. A new database goes through all of them, so that old and new ones cannot differ."""


class SchemaTooNew(Exception):
    """The database was written by a newer version of the program; nothing was changed."""


def version_of(connection: sqlite3.Connection) -> int:
    """The version of the schema; 0 for an empty database."""
    row: tuple[int] = connection.execute("PRAGMA user_version").fetchone()
    return row[0]


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> int:
    """Bring the database to the newest version and return the version it had.

    Each migration is a transaction. Raises SchemaTooNew, or sqlite3.Error with the last whole version in place.
    """
    before = version_of(connection)
    newest = migrations[-1].version
    if before > newest:
        raise SchemaTooNew(f"its schema has version {before}; this program knows versions up to {newest}")
    for migration in migrations:
        if migration.version > before:
            _apply(connection, migration)
    return before


def _apply(connection: sqlite3.Connection, migration: Migration) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if version_of(connection) < migration.version:
            for statement in migration.statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {migration.version:d}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
