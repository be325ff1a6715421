"""What is changed in a data folder that was put back: clients may have seen what happened after the backup.

Mailboxes get a new UIDVALIDITY (RFC 9051 2.3.1.1); the accounts' states and the numbers of messages and mailboxes go on
far above all that can have been given out; the history before is forgotten. So nobody takes something old for something
new. Mail that waits in the queue was perhaps delivered after the backup: it is held.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.mail.units import Seconds, Timestamp
from gateway.queue.stored import stored_shards
from gateway.storage.connection import connect
from gateway.store.embedded.paths import accounts_in, folder_of

HELD: Final = "it was put back from a backup: perhaps it was delivered since; release or drop it"

_PATIENCE: Final = Seconds(30)
_STATES: Final = 1 << 32
"""Changes of an account that nobody makes between two backups; states stay far below 2^63."""
_NUMBERS: Final = 1 << 24
_VALIDITIES: Final = 1 << 16
"""Mailboxes that nobody makes between two backups: each takes a UIDVALIDITY, and many at once take those of later
seconds. 2^32 is enough for tens of thousands of restores."""
_LATEST: Final = 2**32 - 2**24
"""A clock that is later than this gives no UIDVALIDITY."""

_RENEW: Final = (
    """UPDATE account SET seq = seq + :states, since = seq + :states,
        uidvalidity = max(uidvalidity, :time) + :validities""",
    "DELETE FROM change",
    """UPDATE mailbox SET modseq = (SELECT seq FROM account),
        uidvalidity = (SELECT account.uidvalidity FROM account)
            + (SELECT count(*) FROM mailbox AS other WHERE other.id <= mailbox.id)""",
    "UPDATE account SET uidvalidity = uidvalidity + (SELECT count(*) FROM mailbox)",
    "UPDATE sqlite_sequence SET seq = seq + :numbers WHERE name IN ('email', 'mailbox')",
)

_BEYOND: Final = """SELECT 1 FROM account WHERE typeof(seq) <> 'integer' OR seq >= 1 << 62
    OR typeof(uidvalidity) <> 'integer' OR uidvalidity >= 1 << 32"""


@dataclass(frozen=True, slots=True)
class Renewed:
    """What was changed."""

    accounts: int
    held: int


def renew_accounts(data: Path, now: Timestamp) -> int:
    """Each in a transaction. Returns how many. Raises sqlite3.Error, OSError."""
    time = int(now) if now < _LATEST else 1
    accounts = list(accounts_in(data))
    for account in accounts:
        with closing(connect(folder_of(data, account).database, lock_timeout=_PATIENCE)) as connection:
            _renew(connection, time)
    return len(accounts)


def _renew(connection: sqlite3.Connection, time: int) -> None:
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        for statement in _RENEW:
            values = {"states": _STATES, "time": time, "numbers": _NUMBERS, "validities": _VALIDITIES}
            connection.execute(statement, {key: value for key, value in values.items() if f":{key}" in statement})
        if connection.execute(_BEYOND).fetchone() is not None:
            raise sqlite3.DatabaseError("an account's numbers are beyond all that clients can be told")


def hold_queue(data: Path) -> int:
    """Returns how many deliveries. Raises QueueUnavailable, WrongVersion."""
    held = 0
    with stored_shards(data) as shards:
        for shard in shards:
            held += shard.hold([entry.delivery.id for entry in shard.entries()], HELD)
    return held
