"""What an account remembers of its past: lines of the feed, and tokens of deliveries."""

import sqlite3
from dataclasses import dataclass
from typing import Final

from gateway.mail.units import Seconds, Timestamp
from gateway.store.embedded.database.transaction import Transaction

TOKENS: Final = Seconds(7 * 24 * 3600.0)
"""How long a delivery is known. The queue gives up on a message long before."""
MOST_OCTETS: Final = 64 * 1024 * 1024
"""Of an account's lines: they count for no quota, and a client that sets and clears a flag of a large mailbox makes
megabytes of them in a second."""
BATCH: Final = 2000
"""Lines of a transaction."""

_OLD_LINES = """SELECT max(seq) FROM
    (SELECT change.seq, at FROM change JOIN account ON change.seq > since ORDER BY change.seq LIMIT ?) WHERE at < ?"""
_HEAVY_LINES = """SELECT max(seq) FROM
    (SELECT change.seq FROM change JOIN account ON change.seq > since ORDER BY change.seq LIMIT ?)
    WHERE seq <= (SELECT max(seq) FROM (
        SELECT seq, sum(length(uids) + length(emails) + 64) OVER (ORDER BY seq DESC) AS weight FROM change
    ) WHERE weight > ?)"""
_FORGET_LINES = "DELETE FROM change WHERE seq <= ?"
_SINCE = "UPDATE account SET since = max(since, ?)"
_OLD_TOKENS = "SELECT 1 FROM delivered WHERE at < ? LIMIT 1"
_FORGET_TOKENS = """DELETE FROM delivered WHERE token IN
    (SELECT token FROM delivered WHERE at < ? ORDER BY at LIMIT ?)"""


def old_lines(connection: sqlite3.Connection, before: Timestamp) -> int | None:
    """Up to where the feed's next lines are old, or are more than the account may remember. A line that a clock dated
    later than those after it is as old."""
    row: tuple[int | None] = connection.execute(_OLD_LINES, (BATCH, before)).fetchone()
    return _heavy_lines(connection) if row[0] is None else row[0]


def _heavy_lines(connection: sqlite3.Connection) -> int | None:
    """Asked only of large databases: it reads all lines."""
    pages: tuple[int] = connection.execute("PRAGMA page_count").fetchone()
    size: tuple[int] = connection.execute("PRAGMA page_size").fetchone()
    if pages[0] * size[0] < MOST_OCTETS:
        return None
    row: tuple[int | None] = connection.execute(_HEAVY_LINES, (BATCH, MOST_OCTETS)).fetchone()
    return row[0]


def old_tokens(connection: sqlite3.Connection, before: Timestamp) -> bool:
    """Whether there are any."""
    return connection.execute(_OLD_TOKENS, (before,)).fetchone() is not None


@dataclass(frozen=True, slots=True)
class ForgetLines:
    """The job. Who knows the account's state from before has to read it anew."""

    before: Timestamp

    def __call__(self, transaction: Transaction) -> bool:
        """Whether there may be more."""
        last = old_lines(transaction.connection, self.before)
        if last is None:
            return False
        transaction.connection.execute(_FORGET_LINES, (last,))
        transaction.connection.execute(_SINCE, (last,))
        return True


@dataclass(frozen=True, slots=True)
class ForgetTokens:
    """The job."""

    before: Timestamp

    def __call__(self, transaction: Transaction) -> bool:
        """Whether there may be more."""
        return transaction.connection.execute(_FORGET_TOKENS, (self.before, BATCH)).rowcount == BATCH
