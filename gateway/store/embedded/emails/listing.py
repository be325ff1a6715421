"""What is in a mailbox, as arrays. Reads without a lock, in slices."""

import sqlite3
from dataclasses import dataclass

from gateway.store.embedded.database.columns import FRACTION, moments, read_slices
from gateway.store.embedded.mailboxes.rows import as_mailbox, selectable_row
from gateway.store.model import NO_DAY, Entries, MailboxId, Measures, ModSeq

_ENTRIES = """SELECT json_group_array(uid), json_group_array(mark), json_group_array(modseq), json_group_array(email)
    FROM (SELECT uid, mark, modseq, email FROM entry WHERE mailbox = ? AND uid > ? ORDER BY uid LIMIT ?)"""
# Rounded down, which SQLite's division of integers does above zero alone.
_DAY = f"coalesce((CAST(sent AS INTEGER) + 60 * zone + 86400000000) / 86400 - 1000000, {NO_DAY})"
_MEASURES = f"""SELECT json_group_array(uid), json_group_array(size), json_group_array(thread),
        json_group_array(CAST(saved * {FRACTION} AS INTEGER)), json_group_array(CAST(received * {FRACTION} AS INTEGER)),
        json_group_array(CAST(coalesce(sent, received) * {FRACTION} AS INTEGER)), json_group_array(day)
    FROM (SELECT uid, size, thread, saved, received, sent, {_DAY} AS day FROM entry
        CROSS JOIN email ON email.id = entry.email WHERE mailbox = ? AND uid > ? ORDER BY uid LIMIT ?)"""  # noqa: S608
_SEQ = "SELECT seq FROM account"


@dataclass(frozen=True, slots=True)
class ListEntries:
    """The job of `Emails.entries`."""

    mailbox: MailboxId

    def __call__(self, connection: sqlite3.Connection) -> Entries:
        """Raises NoSuchMailbox."""
        mailbox = as_mailbox(connection, selectable_row(connection, self.mailbox))
        uids, marks, modseqs, emails = read_slices(connection, _ENTRIES, (self.mailbox,), "Iqqq")
        return Entries(mailbox, state(connection), uids, marks, modseqs, emails)


@dataclass(frozen=True, slots=True)
class ListMeasures:
    """The job of `Emails.measures`."""

    mailbox: MailboxId

    def __call__(self, connection: sqlite3.Connection) -> Measures:
        """Raises NoSuchMailbox."""
        selectable_row(connection, self.mailbox)
        found = read_slices(connection, _MEASURES, (self.mailbox,), "Iqqqqqi")
        uids, sizes, threads, saved, received, sent, days = found
        return Measures(uids, sizes, moments(received), moments(saved), moments(sent), days, threads)


def state(connection: sqlite3.Connection) -> ModSeq:
    """The account's."""
    row: tuple[int] = connection.execute(_SEQ).fetchone()
    return ModSeq(row[0])
