"""What an account remembers of its past: lines of the feed, and tokens of deliveries."""

import sqlite3
from dataclasses import dataclass
from typing import Final

from gateway.mail.units import Seconds, Timestamp
from gateway.store.embedded.database.transaction import Transaction

TOKENS: Final = Seconds(7 * 24 * 3600.0)
"""How long a delivery is known. The queue gives up on a message long before."""
BATCH: Final = 2000
"""Lines of a transaction."""

_OLD_LINES = """SELECT max(seq) FROM
    (SELECT change.seq, at FROM change JOIN account ON change.seq > since ORDER BY change.seq LIMIT ?) WHERE at < ?"""
_FORGET_LINES = "DELETE FROM change WHERE seq <= ?"
_SINCE = "UPDATE account SET since = max(since, ?)"
_OLD_TOKENS = "SELECT 1 FROM delivered WHERE at < ? LIMIT 1"
_FORGET_TOKENS = """DELETE FROM delivered WHERE token IN
    (SELECT token FROM delivered WHERE at < ? ORDER BY at LIMIT ?)"""


def old_lines(connection: sqlite3.Connection, before: Timestamp) -> int | None:
    """Up to where the feed's next lines are old. A line that a clock dated later than those after it is as old."""
    row: tuple[int | None] = connection.execute(_OLD_LINES, (BATCH, before)).fetchone()
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
