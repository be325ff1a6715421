"""The schema of a shard's database."""

from gateway.storage.migration import Migration, SchemaTooNew

__all__ = ["MIGRATIONS", "TABLES", "SchemaTooNew"]

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


MIGRATIONS: tuple[Migration, ...] = (Migration(1, TABLES),)
"""In order. A new database goes through all of them, so that old and new ones cannot differ."""
