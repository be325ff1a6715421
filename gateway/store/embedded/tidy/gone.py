"""Messages that were expunged and that no session can name any more: their octets go, and their conversations."""

import sqlite3
from dataclasses import dataclass
from typing import Final

from gateway.store.embedded.database.columns import packed
from gateway.store.embedded.database.transaction import Transaction
from gateway.store.model import ModSeq

BATCH: Final = 500
"""Messages of a transaction: what else is written to the account waits for it."""

_FIRST = "SELECT min(gone) FROM email WHERE gone IS NOT NULL"
_SELECT = "SELECT id, thread, file FROM email WHERE gone <= ? ORDER BY gone LIMIT ?"
_BODIES = "DELETE FROM body WHERE email IN (SELECT value FROM json_each(?))"
_DESCRIPTIONS = "DELETE FROM description WHERE email IN (SELECT value FROM json_each(?))"
_EMAILS = "DELETE FROM email WHERE id IN (SELECT value FROM json_each(?))"
_LINKS = """DELETE FROM thread_link WHERE thread IN (SELECT value FROM json_each(?) AS one
    WHERE NOT EXISTS (SELECT 1 FROM email WHERE thread = one.value))"""


def first_gone(connection: sqlite3.Connection) -> ModSeq | None:
    """When the one that has been gone for longest was expunged."""
    row: tuple[int | None] = connection.execute(_FIRST).fetchone()
    return None if row[0] is None else ModSeq(row[0])


@dataclass(frozen=True, slots=True)
class RemoveGone:
    """The job. `until`: what was expunged up to then is nobody's."""

    until: ModSeq

    def __call__(self, transaction: Transaction) -> bool:
        """Whether there may be more."""
        connection = transaction.connection
        rows: list[tuple[int, int, str | None]] = connection.execute(_SELECT, (self.until, BATCH)).fetchall()
        emails = packed([email for email, _, _ in rows])
        connection.execute(_BODIES, (emails,))
        connection.execute(_DESCRIPTIONS, (emails,))
        connection.execute(_EMAILS, (emails,))
        connection.execute(_LINKS, (packed(sorted({thread for _, thread, _ in rows})),))
        transaction.doomed += [file for _, _, file in rows if file is not None]
        return len(rows) == BATCH
