"""Giving mailboxes other names (RFC 9051 6.3.6)."""

from dataclasses import dataclass

from gateway.store.embedded.database.transaction import Transaction
from gateway.store.embedded.mailboxes.creation import grow, make
from gateway.store.embedded.mailboxes.deletion import content
from gateway.store.embedded.mailboxes.rows import below, mailbox_of, path_of, row_of, walk
from gateway.store.embedded.quotas.limits import require
from gateway.store.errors import MailboxExists, NotPossible, Resource
from gateway.store.model import ChangeKind, Mailbox, MailboxId
from gateway.store.names import MAX_DEPTH, Levels, name_of
from gateway.store.uids import UidSet

_MOVE = "UPDATE mailbox SET parent = ?, name = ? WHERE id = ?"
_CHANGED = "UPDATE mailbox SET changed = ? WHERE id = ?"
_MOVE_ENTRIES = """INSERT INTO entry (mailbox, uid, email, modseq, mark, saved)
    SELECT ?, row_number() OVER (ORDER BY uid), email, ?, mark, ? FROM entry WHERE mailbox = ?"""
_EMPTY = "DELETE FROM entry WHERE mailbox = ?"
_MOVE_COUNTS = """UPDATE mailbox SET messages = inbox.messages, unseen = inbox.unseen, deleted = inbox.deleted,
        size = inbox.size, uidnext = inbox.messages + 1, modseq = ?
    FROM (SELECT * FROM mailbox WHERE id = ?) AS inbox WHERE mailbox.id = ?"""
_NO_COUNTS = "UPDATE mailbox SET messages = 0, unseen = 0, deleted = 0, size = 0, modseq = ? WHERE id = ?"
_COPY_ANNOTATIONS = "INSERT INTO annotation SELECT ?, viewer, name, value FROM annotation WHERE mailbox = ?"


@dataclass(frozen=True, slots=True)
class Rename:
    """With all that is below it. Levels above the new name that are missing are made."""

    mailbox: MailboxId
    levels: Levels

    def __call__(self, transaction: Transaction) -> Mailbox:
        """Raises NoSuchMailbox, MailboxExists, OverQuota, NotPossible."""
        row = row_of(transaction.connection, self.mailbox)
        if len(walk(transaction.connection, self.levels)) == len(self.levels):
            raise MailboxExists(f"{name_of(self.levels)}: there is a mailbox of this name")
        if row.is_inbox:
            renamed = self._move_messages(transaction)
        else:
            self._move_tree(transaction)
            renamed = self.mailbox
        return mailbox_of(transaction.connection, renamed)

    def _move_tree(self, transaction: Transaction) -> None:
        old = path_of(transaction.connection, self.mailbox)
        if self.levels[: len(old)] == old:
            raise NotPossible(f"{name_of(old)} cannot be below itself")
        tree = below(transaction.connection, self.mailbox)
        if len(self.levels) + tree[-1][1] > MAX_DEPTH:
            raise NotPossible(f"a mailbox name has at most {MAX_DEPTH} levels: what is below it would have more")
        parent = grow(transaction, self.levels[:-1])
        transaction.connection.execute(_MOVE, (parent, self.levels[-1], self.mailbox))
        for mailbox, _ in tree:
            at = transaction.change(ChangeKind.MAILBOX, mailbox)
            transaction.connection.execute(_CHANGED, (at, mailbox))

    def _move_messages(self, transaction: Transaction) -> MailboxId:
        """INBOX stays, with what is below it; the new mailbox gets its messages, and copies of its annotations
        (RFC 5464 3.2)."""
        require(transaction, {Resource.MAILBOXES: 1})
        made = make(transaction, grow(transaction, self.levels[:-1]), self.levels[-1])
        connection = transaction.connection
        connection.execute(_COPY_ANNOTATIONS, (made, self.mailbox))
        uids, emails = content(connection, self.mailbox)
        if uids:
            arrived = transaction.change(ChangeKind.ARRIVED, made, UidSet(((1, len(uids)),)), emails)
            expunged = transaction.change(ChangeKind.EXPUNGED, self.mailbox, UidSet.of(uids), emails)
            connection.execute(_MOVE_ENTRIES, (made, arrived, transaction.now, self.mailbox))
            connection.execute(_EMPTY, (self.mailbox,))
            connection.execute(_MOVE_COUNTS, (arrived, self.mailbox, made))
            connection.execute(_NO_COUNTS, (expunged, self.mailbox))
        return made
