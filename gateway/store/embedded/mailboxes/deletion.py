"""Deleting mailboxes with their messages (RFC 9051 6.3.5)."""

import sqlite3
from array import array
from dataclasses import dataclass

from gateway.store.embedded.database.transaction import Transaction
from gateway.store.embedded.mailboxes.rows import MailboxRow, has_children, row_of
from gateway.store.errors import HasChildren, NotPossible
from gateway.store.model import ChangeKind, MailboxId
from gateway.store.uids import UidSet

_CONTENT = "SELECT uid, email FROM entry WHERE mailbox = ? ORDER BY uid"
_GONE = """UPDATE email SET gone = ?2
    WHERE id IN (SELECT email FROM entry WHERE mailbox = ?1)
    AND NOT EXISTS (SELECT 1 FROM entry WHERE entry.email = email.id AND entry.mailbox != ?1)"""
_EMPTY = "DELETE FROM entry WHERE mailbox = ?"
_STRIP = ("DELETE FROM acl WHERE mailbox = ?", "DELETE FROM annotation WHERE mailbox = ?")
_REMOVE = "DELETE FROM mailbox WHERE id = ?"
_TO_NAME = """UPDATE mailbox SET selectable = 0, messages = 0, unseen = 0, deleted = 0, size = 0,
    modseq = max(modseq, ?), changed = ?, special_use = NULL, sort_order = 0, expire_after = NULL WHERE id = ?"""


@dataclass(frozen=True, slots=True)
class Delete:
    """One with children stays as a name."""

    mailbox: MailboxId
    if_empty: bool

    def __call__(self, transaction: Transaction) -> None:
        """Raises NoSuchMailbox, HasChildren, NotPossible."""
        row = row_of(transaction.connection, self.mailbox)
        children = has_children(transaction.connection, self.mailbox)
        self._check(row, children=children)
        emptied = expunge_all(transaction, self.mailbox)
        for statement in _STRIP:
            transaction.connection.execute(statement, (self.mailbox,))
        if children:
            at = transaction.change(ChangeKind.MAILBOX, self.mailbox)
            transaction.connection.execute(_TO_NAME, (emptied, at, self.mailbox))
        else:
            transaction.connection.execute(_REMOVE, (self.mailbox,))
            transaction.change(ChangeKind.MAILBOX_GONE, self.mailbox)

    def _check(self, row: MailboxRow, *, children: bool) -> None:
        if row.is_inbox:
            raise NotPossible("INBOX cannot be deleted")
        if not row.selectable and children:
            raise HasChildren(f"{row.name} is only a name, above others: delete those first")
        if self.if_empty and row.messages:
            raise NotPossible(f"{row.name} has messages: expunge them first")


def expunge_all(transaction: Transaction, mailbox: MailboxId) -> int:
    """The messages of a mailbox that is removed or set to nothing; returns when, 0 where there were none."""
    uids, emails = content(transaction.connection, mailbox)
    if not uids:
        return 0
    at = transaction.change(ChangeKind.EXPUNGED, mailbox, UidSet.of(uids), emails)
    transaction.connection.execute(_GONE, (mailbox, at))
    transaction.connection.execute(_EMPTY, (mailbox,))
    return at


def content(connection: sqlite3.Connection, mailbox: MailboxId) -> "tuple[array[int], array[int]]":
    """UIDs, ascending, and the emails that they are of."""
    uids, emails = array("q"), array("q")
    for uid, email in connection.execute(_CONTENT, (mailbox,)):
        uids.append(uid)
        emails.append(email)
    return uids, emails
