"""What the index reads of an account's `mail.db`: never writing, with a snapshot of its own."""

import sqlite3
from array import array
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.mail.units import Timestamp
from gateway.storage.connection import snapshot
from gateway.storage.octets import FileOctets
from gateway.store.embedded.index.file import PATIENCE, unpacked
from gateway.store.embedded.paths import AccountFolder
from gateway.store.model import ChangeKind


class MailUnreadable(OSError):
    """`mail.db` is in trouble, not its index."""


@dataclass(frozen=True, slots=True)
class State:
    """`seq`: the account's counter. `last`: the last message that ever was."""

    seq: int
    last: int
    since: int
    """All changes after it are remembered."""


@contextmanager
def reading(folder: AccountFolder) -> Iterator[sqlite3.Connection]:
    """Raises MailUnreadable, also where there is none; so do the functions below."""
    with ExitStack() as stack:
        with _of_mail():
            connection = stack.enter_context(snapshot(folder.database, lock_timeout=PATIENCE))
        yield connection


@contextmanager
def _of_mail() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, TypeError) as error:
        raise MailUnreadable(f"the mail cannot be read: {error}") from error


@_of_mail()
def state(connection: sqlite3.Connection) -> State:
    """Of the account."""
    counters: tuple[int, int] = connection.execute("SELECT seq, since FROM account").fetchone()
    last: tuple[int] | None = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'email'").fetchone()
    return State(counters[0], last[0] if last else 0, counters[1])


@_of_mail()
def alive(connection: sqlite3.Connection) -> "array[int]":
    """All messages that lie in any mailbox."""
    gone = {row[0] for row in connection.execute("SELECT id FROM email WHERE gone IS NOT NULL")}
    # By the index on threads: far less to read than the table.
    rows = connection.execute("SELECT id FROM email INDEXED BY email_thread")
    return array("q", sorted(row[0] for row in rows if row[0] not in gone))


@_of_mail()
def arrived(connection: sqlite3.Connection, after: int) -> "array[int]":
    """Messages with higher numbers that lie in any mailbox."""
    rows = connection.execute("SELECT id FROM email WHERE id > ? AND gone IS NULL ORDER BY id", (after,))
    return array("q", (row[0] for row in rows))


@_of_mail()
def expunged(connection: sqlite3.Connection, since: int) -> "array[int]":
    """Messages that left a mailbox since then, and lie in none now."""
    left = {row[0] for row in connection.execute("SELECT id FROM email WHERE gone > ?", (since,))}
    sql = "SELECT emails FROM change WHERE seq > ? AND kind IN (?, ?)"
    purged: set[int] = set()
    for row in connection.execute(sql, (since, ChangeKind.EXPUNGED, ChangeKind.MAILBOX_GONE)):
        purged.update(unpacked("q", row[0]))
    lives = "SELECT 1 FROM email WHERE id = ? AND gone IS NULL"
    left.update(email for email in purged if connection.execute(lives, (email,)).fetchone() is None)
    return array("q", sorted(left))


@_of_mail()
def changed_at(connection: sqlite3.Connection, after: int) -> Timestamp | None:
    """When the first change after a moment happened."""
    sql = "SELECT at FROM change WHERE seq > ? ORDER BY seq LIMIT 1"
    row: tuple[float] | None = connection.execute(sql, (after,)).fetchone()
    return Timestamp(row[0]) if row else None


@_of_mail()
def octets_of(connection: sqlite3.Connection, folder: AccountFolder, email: int) -> OctetSource | None:
    """None: it lies in no mailbox any more."""
    sql = "SELECT file, octets FROM email LEFT JOIN body ON body.email = email.id WHERE id = ? AND gone IS NULL"
    row: tuple[str | None, bytes | None] | None = connection.execute(sql, (email,)).fetchone()
    if row is None:
        return None
    return MemoryOctets(row[1] or b"") if row[0] is None else FileOctets(folder.bodies / row[0])
