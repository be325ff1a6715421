"""Whether a database is whole, of a schema that is known, and says nothing that cannot be."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from gateway.mail.units import Seconds
from gateway.storage.connection import snapshot
from gateway.storage.migration import version_of
from gateway.store.embedded.verify.fault import Fault, Repair
from gateway.store.embedded.verify.rules import Rule

MOST: Final = 100
"""Faults of one kind that are named; more are counted."""

_PATIENCE: Final = Seconds(5)


def seen(database: Path) -> AbstractContextManager[sqlite3.Connection]:
    """As it is at one moment. Raises sqlite3.Error."""
    return snapshot(database, lock_timeout=_PATIENCE)


def whole(database: Path, connection: sqlite3.Connection) -> Iterator[Fault]:
    """SQLite's own examination, which names pages. Where it gives up, each table is read by itself."""
    try:
        yield from _examined(database, connection)
    except sqlite3.DatabaseError:
        tables = "SELECT name, rootpage FROM sqlite_schema WHERE type = 'table' AND rootpage > 0"
        for name, page in connection.execute(tables).fetchall():
            yield from _readable(database, connection, name, page)


def _readable(database: Path, connection: sqlite3.Connection, table: str, page: int) -> Iterator[Fault]:
    try:
        for _ in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608
            continue
    except sqlite3.DatabaseError as error:
        yield Fault(str(database), f"the table {table} (page {page} and those below it) cannot be read: {error}")


def _examined(database: Path, connection: sqlite3.Connection) -> Iterator[Fault]:
    for (line,) in connection.execute(f"PRAGMA integrity_check({MOST})"):
        if line != "ok":
            broken = "index" in line and "missing" in line
            yield Fault(str(database), str(line), Repair.INDEXES if broken else Repair.NONE)


def known(database: Path, connection: sqlite3.Connection, newest: int) -> Iterator[Fault]:
    """Its schema's version is this program's."""
    version = version_of(connection)
    if version > newest:
        yield Fault(str(database), f"its schema has version {version}; this program knows versions up to {newest}")
    elif version < newest:
        yield Fault(str(database), f"its schema has version {version}, not {newest}: run `gateway upgrade`")
    for what in foreign(connection):
        yield Fault(str(database), f"it has {what}, which no version of this program makes")


def foreign(connection: sqlite3.Connection) -> Iterator[str]:
    """What would do something of its own when the database is read or written. Raises sqlite3.Error."""
    sql = """SELECT type, name FROM sqlite_schema WHERE type IN ('trigger', 'view') OR sql LIKE 'CREATE VIRTUAL%'"""
    yield from (f"a {kind} {name!r}" for kind, name in connection.execute(sql))


def broken_rules(database: Path, connection: sqlite3.Connection, rules: Iterable[Rule]) -> Iterator[Fault]:
    """What the rules find."""
    for rule in rules:
        yield from checked(database, _broken(database, connection, rule))


def checked(database: Path, faults: Iterable[Fault]) -> Iterator[Fault]:
    """Up to MOST of them. A page that cannot be read ends one check, not the others."""
    count = 0
    try:
        for fault in faults:
            count += 1
            if count <= MOST:
                yield fault
    except (sqlite3.Error, ValueError, TypeError) as error:
        yield Fault(str(database), f"it cannot be read everywhere: {error}")
    if count > MOST:
        yield Fault(str(database), f"and {count - MOST} more of this kind")


def _broken(database: Path, connection: sqlite3.Connection, rule: Rule) -> Iterator[Fault]:
    for row in connection.execute(rule.sql):
        yield Fault(str(database), rule.what.format(*row), rule.repair)
