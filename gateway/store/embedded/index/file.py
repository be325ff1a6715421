"""`index.db`: opened, made, thrown away; segments in and out."""

import os
import sqlite3
import sys
from array import array
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.mail.units import Seconds
from gateway.storage.connection import snapshot
from gateway.storage.migration import version_of
from gateway.store.embedded.index.schema import TABLES, VERSION
from gateway.store.embedded.index.segment import Column, Segment
from gateway.store.protocol.search import Field

_WRITER: Final = (
    "PRAGMA page_size = 16384",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA secure_delete = FAST",
    "PRAGMA cache_size = -4096",
    "PRAGMA journal_size_limit = 16777216",
)
PATIENCE: Final = Seconds(10)
_SWAP: Final = sys.byteorder == "big"


class IndexTooOld(sqlite3.DatabaseError):
    """It was made by another version of the program."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the index has followed."""

    followed: int
    last: int


@contextmanager
def writer(path: Path) -> Iterator[sqlite3.Connection]:
    """Made where it is missing. Raises sqlite3.Error, IndexTooOld, OSError."""
    _for_us_alone(path)
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    try:
        for pragma in _WRITER:
            connection.execute(pragma)
        if version_of(connection) == 0:
            _create(connection)
        _demand_version(connection)
        yield connection
    finally:
        connection.close()


@contextmanager
def reader(path: Path) -> Iterator[sqlite3.Connection]:
    """One snapshot. Raises sqlite3.Error (also where there is none), IndexTooOld."""
    with snapshot(path, lock_timeout=PATIENCE) as connection:
        _demand_version(connection)
        yield connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def throw_away(path: Path) -> None:
    """It, and what belongs to it. Raises OSError."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def progress(connection: sqlite3.Connection) -> Progress:
    """As it was recorded last."""
    row: tuple[int, int] = connection.execute("SELECT followed, last FROM progress").fetchone()
    return Progress(*row)


def dead(connection: sqlite3.Connection) -> set[int]:
    """Messages that are expunged, and still in segments."""
    return {row[0] for row in connection.execute("SELECT email FROM dead")}


def emails(connection: sqlite3.Connection) -> Iterator[tuple[int, "array[int]"]]:
    """The messages of each segment, dead ones too."""
    for number, packed in connection.execute("SELECT id, emails FROM segment ORDER BY id"):
        yield number, unpacked("q", packed)


def store(connection: sqlite3.Connection, segment: Segment) -> None:
    """Add it, within a transaction."""
    row = len(segment.emails), _packed(segment.emails)
    number = connection.execute("INSERT INTO segment (count, emails) VALUES (?, ?)", row).lastrowid
    for field, column in segment.columns.items():
        parts = _packed(column.counts), column.terms, _packed(column.ends), _packed(column.messages)
        connection.execute("INSERT INTO field VALUES (?, ?, ?, ?, ?, ?)", (number, field.value, *parts))


def load(connection: sqlite3.Connection, number: int) -> Segment:
    """All of it."""
    packed: tuple[bytes] = connection.execute("SELECT emails FROM segment WHERE id = ?", (number,)).fetchone()
    rows = connection.execute("SELECT name, terms, counts, ends, messages FROM field WHERE segment = ?", (number,))
    columns = {
        Field(name): Column(terms, unpacked("I", counts), unpacked("I", ends), unpacked("H", messages))
        for name, terms, counts, ends, messages in rows
    }
    return Segment(unpacked("q", packed[0]), columns)


def remove(connection: sqlite3.Connection, number: int) -> None:
    """A segment, within a transaction."""
    connection.execute("DELETE FROM field WHERE segment = ?", (number,))
    connection.execute("DELETE FROM segment WHERE id = ?", (number,))


def unpacked(typecode: str, packed: bytes) -> "array[int]":
    """As they are on disk: little-endian. Raises ValueError where some are cut."""
    numbers = array(typecode)
    numbers.frombytes(packed)
    if _SWAP:
        numbers.byteswap()
    return numbers


def _packed(numbers: "array[int]") -> bytes:
    if _SWAP:
        numbers = numbers[:]
        numbers.byteswap()
    return numbers.tobytes()


def _for_us_alone(path: Path) -> None:
    """SQLite gives its other files the rights of this one. What is there is not opened: closing it would take away the
    locks of connections."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _create(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        for table in TABLES:
            connection.execute(table)
        connection.execute(f"PRAGMA user_version = {VERSION:d}")


def _demand_version(connection: sqlite3.Connection) -> None:
    if version_of(connection) != VERSION:
        raise IndexTooOld("made by another version")
