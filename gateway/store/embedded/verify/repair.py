"""Putting right what `verify_account` finds in an account that nobody uses. No repair loses mail.

All is one transaction. Where messages or mailboxes change, the history is forgotten: clients read all anew.
"""

import os
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Final

from gateway.mail.units import Timestamp
from gateway.storage.connection import connect, open_lock, writing
from gateway.store.config import MailboxConfig
from gateway.store.embedded.database.transaction import Transaction
from gateway.store.embedded.mailboxes.creation import make
from gateway.store.embedded.mailboxes.rows import child_row
from gateway.store.embedded.paths import AccountFolder
from gateway.store.embedded.verify.fault import Repair
from gateway.store.embedded.verify.lines import unreadable_deliveries, unreadable_keyword_sets
from gateway.store.names import INBOX

RECOVERED: Final = "Recovered"

_UNREACHED: Final = """WITH RECURSIVE found (id) AS (
        SELECT id FROM mailbox WHERE parent = 0
        UNION SELECT mailbox.id FROM mailbox JOIN found ON mailbox.parent = found.id)
    SELECT id FROM mailbox WHERE id NOT IN found
    ORDER BY EXISTS (SELECT 1 FROM mailbox AS above WHERE above.id = mailbox.parent), id LIMIT 1"""
_TO_TOP: Final = "UPDATE mailbox SET parent = 0, name = name || '-' || id WHERE id = ?"

_UNDO_BAD_ENTRIES: Final = """DELETE FROM entry
    WHERE mailbox NOT IN (SELECT id FROM mailbox WHERE selectable) AND email IN (SELECT id FROM email)"""
_ADOPT_OCTETS: Final = """INSERT INTO email (id, thread, size, received, created)
    SELECT email, email, length(octets), :now, :seq FROM body WHERE email NOT IN (SELECT id FROM email)"""
_STRAY: Final = "SELECT id FROM email WHERE gone IS NULL AND NOT EXISTS (SELECT 1 FROM entry WHERE email = email.id)"
_PUT: Final = "INSERT INTO entry (mailbox, uid, email, modseq, mark, saved) VALUES (?, ?, ?, ?, 0, ?)"

_COUNTS: Final = """UPDATE mailbox SET
    messages = (SELECT count(*) FROM entry WHERE mailbox = mailbox.id),
    unseen = (SELECT coalesce(sum(mark & 1 = 0), 0) FROM entry WHERE mailbox = mailbox.id),
    deleted = (SELECT coalesce(sum(mark & 8 <> 0), 0) FROM entry WHERE mailbox = mailbox.id),
    size = (SELECT coalesce(sum(email.size), 0) FROM entry JOIN email ON email.id = entry.email
        WHERE entry.mailbox = mailbox.id)"""

_NUMBERS: Final = (
    """UPDATE account SET since = min(since, seq),
    seq = max(seq, coalesce((SELECT max(seq) FROM change), 0), coalesce((SELECT max(modseq) FROM entry), 0),
        coalesce((SELECT max(max(created, coalesce(gone, 0))) FROM email), 0),
        (SELECT max(max(modseq, created, changed)) FROM mailbox))""",
    "UPDATE account SET uidvalidity = max(uidvalidity, (SELECT max(uidvalidity) FROM mailbox))",
    """UPDATE mailbox SET uidvalidity = id + (SELECT uidvalidity FROM account) WHERE uidvalidity < 1""",
    "UPDATE account SET uidvalidity = max(uidvalidity, (SELECT max(uidvalidity) FROM mailbox))",
    """UPDATE mailbox SET
        uidnext = max(uidnext, 1 + coalesce((SELECT max(uid) FROM entry WHERE mailbox = mailbox.id), 0)),
        modseq = max(modseq, coalesce((SELECT max(modseq) FROM entry WHERE mailbox = mailbox.id), 0))""",
    "UPDATE mailbox SET first_recent = max(1, min(first_recent, uidnext))",
    "UPDATE entry SET modseq = (SELECT modseq FROM mailbox WHERE id = mailbox) WHERE modseq < 1",
    """UPDATE sqlite_sequence SET seq = max(seq, CASE name
        WHEN 'email' THEN (SELECT coalesce(max(id), 0) FROM email)
        WHEN 'mailbox' THEN (SELECT coalesce(max(id), 0) FROM mailbox) ELSE 0 END)""",
)

_FORGET: Final = ("DELETE FROM change", "UPDATE account SET seq = seq + 1, since = seq + 1")

_LOSING_TRACK: Final = frozenset(
    {
        Repair.TREE,
        Repair.INBOX,
        Repair.RECOVER,
        Repair.DROP_ENTRIES,
        Repair.KEYWORDS,
        Repair.NUMBERS,
        Repair.SIZES,
        Repair.HISTORY,
    }
)

Work = Callable[[Transaction], None]


def repair_account(folder: AccountFolder, wanted: frozenset[Repair], now: Timestamp) -> None:
    """In this order, those that are wanted. Raises sqlite3.Error, OSError: then nothing has changed."""
    config = MailboxConfig()
    lock = open_lock(folder.lock)
    try:
        with (
            closing(connect(folder.database, lock_timeout=config.lock_timeout)) as connection,
            writing(connection, lock, config.lock_timeout),
        ):
            if Repair.INDEXES in wanted:
                connection.execute("REINDEX")
            _work(folder, Transaction(connection, config, now, _seq(connection)), wanted)
    finally:
        os.close(lock)


def _work(folder: AccountFolder, transaction: Transaction, wanted: frozenset[Repair]) -> None:
    works: Mapping[Repair, Work] = {
        Repair.TREE: _tree,
        Repair.INBOX: _inbox,
        Repair.DROP_ENTRIES: _statement("DELETE FROM entry WHERE email NOT IN (SELECT id FROM email)"),
        Repair.MARK_GONE: _statement("UPDATE email SET gone = NULL WHERE id IN (SELECT email FROM entry)"),
        Repair.RECOVER: _recover,
        Repair.KEYWORDS: _keywords,
        Repair.SIZES: lambda of: _sizes(folder, of),
        Repair.ATTRIBUTES: _attributes,
        Repair.DELIVERIES: _deliveries,
        Repair.ORPHANS: _statement("DELETE FROM description WHERE email NOT IN (SELECT id FROM email)"),
        Repair.COUNT: _statement(_COUNTS),
    }
    for repair, work in works.items():
        if repair in wanted or (repair is Repair.COUNT and wanted & _LOSING_TRACK):
            work(transaction)
    transaction.connection.execute("UPDATE account SET seq = max(seq, ?)", (transaction.seq,))
    if wanted & _LOSING_TRACK:
        for statement in (*_NUMBERS, *_FORGET):
            transaction.connection.execute(statement)


def _statement(sql: str) -> Work:
    def work(transaction: Transaction) -> None:
        transaction.connection.execute(sql)

    return work


def _tree(transaction: Transaction) -> None:
    """Where parents lead in a circle, one of them comes to the top, and the others with it."""
    connection = transaction.connection
    while row := connection.execute(_UNREACHED).fetchone():
        connection.execute(_TO_TOP, row)


def _inbox(transaction: Transaction) -> None:
    found = child_row(transaction.connection, 0, INBOX)
    if found is None:
        make(transaction, 0, INBOX)
    else:
        transaction.connection.execute("UPDATE mailbox SET selectable = 1 WHERE id = ?", (found.id,))


def _recover(transaction: Transaction) -> None:
    connection = transaction.connection
    connection.execute(_UNDO_BAD_ENTRIES)
    connection.execute(_ADOPT_OCTETS, {"now": transaction.now, "seq": transaction.seq})
    stray = [email for (email,) in connection.execute(_STRAY).fetchall()]
    if not stray:
        return
    found = child_row(connection, 0, RECOVERED)
    mailbox = make(transaction, 0, RECOVERED) if found is None else found.id
    first: int = connection.execute("SELECT uidnext FROM mailbox WHERE id = ?", (mailbox,)).fetchone()[0]
    rows = [(mailbox, first + at, email, transaction.seq, transaction.now) for at, email in enumerate(stray)]
    connection.executemany(_PUT, rows)
    sql = "UPDATE mailbox SET uidnext = ?, modseq = ?, selectable = 1 WHERE id = ?"
    connection.execute(sql, (first + len(stray), transaction.seq, mailbox))


def _keywords(transaction: Transaction) -> None:
    connection = transaction.connection
    for number in tuple(unreadable_keyword_sets(connection)):
        connection.execute("DELETE FROM keyword_set WHERE id = ?", (number,))
    connection.execute(
        """UPDATE entry SET mark = mark & 31
        WHERE mark < 0 OR mark >> 5 <> 0 AND mark >> 5 NOT IN (SELECT id FROM keyword_set)"""
    )


def _sizes(folder: AccountFolder, transaction: Transaction) -> None:
    connection = transaction.connection
    connection.execute(
        """UPDATE email SET size = (SELECT length(octets) FROM body WHERE email = id)
        WHERE file IS NULL AND id IN (SELECT email FROM body)"""
    )
    for email, name in connection.execute("SELECT id, file FROM email WHERE file IS NOT NULL").fetchall():
        path = folder.bodies / name
        if path.is_file():
            connection.execute("UPDATE email SET size = ? WHERE id = ?", (path.stat().st_size, email))


def _attributes(transaction: Transaction) -> None:
    for table in ("acl", "annotation"):
        sql = f"DELETE FROM {table} WHERE mailbox <> 0 AND mailbox NOT IN (SELECT id FROM mailbox)"  # noqa: S608
        transaction.connection.execute(sql)


def _deliveries(transaction: Transaction) -> None:
    for token in tuple(unreadable_deliveries(transaction.connection)):
        transaction.connection.execute("DELETE FROM delivered WHERE token = ?", (token,))


def _seq(connection: sqlite3.Connection) -> int:
    row: tuple[int] | None = connection.execute("SELECT seq FROM account").fetchone()
    return 0 if row is None else row[0]
