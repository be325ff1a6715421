"""EXPUNGE: messages are taken out of a mailbox. Their octets stay while a session can name them.

Part of a transaction.
"""

from gateway.store.actions import Expunge, Expunged, Which
from gateway.store.embedded.database.columns import packed
from gateway.store.embedded.database.transaction import Transaction
from gateway.store.embedded.emails.taking import ALL, Counts, Taken, count, counts_of, packed_ranges, size_of, take
from gateway.store.embedded.mailboxes.rows import selectable_row
from gateway.store.errors import StateChanged
from gateway.store.flags import NONE, System
from gateway.store.model import ChangeKind, MailboxId, ModSeq
from gateway.store.uids import UidSet

_REMOVE = """DELETE FROM entry WHERE mailbox = ? AND uid IN (SELECT uid FROM json_each(?) AS range
    CROSS JOIN entry AS it ON it.mailbox = ? AND it.uid BETWEEN range.value ->> 0 AND range.value ->> 1)"""
_REMOVE_RANGE = "DELETE FROM entry WHERE mailbox = ? AND uid BETWEEN ? AND ?"
_GONE = """UPDATE email SET gone = ? WHERE id IN (SELECT value FROM json_each(?))
    AND NOT EXISTS (SELECT 1 FROM entry WHERE entry.email = email.id)"""


def expunge(transaction: Transaction, action: Expunge) -> Expunged:
    """Raises NoSuchMailbox, StateChanged."""
    mailbox = selectable_row(transaction.connection, action.mailbox)
    uids = ALL if action.uids is None else action.uids
    flags = System.DELETED if action.which is Which.MARKED else NONE
    taken = take(transaction.connection, action.mailbox, uids, flags)
    if action.every and action.uids is not None and len(taken.uids) < len(action.uids):
        raise StateChanged("a message was expunged meanwhile")
    if not taken:
        return Expunged(action.mailbox, UidSet(), ModSeq(mailbox.modseq))
    counts = counts_of(taken.marks, size_of(transaction.connection, taken.emails))
    gone, at = remove_entries(transaction, action.mailbox, taken, counts)
    return Expunged(action.mailbox, gone, at)


def remove_entries(transaction: Transaction, mailbox: MailboxId, taken: Taken, counts: Counts) -> tuple[UidSet, ModSeq]:
    """Take them out of the mailbox; what lies nowhere any more is gone."""
    connection = transaction.connection
    uids = UidSet.of(taken.uids)
    at = transaction.change(ChangeKind.EXPUNGED, mailbox, uids, taken.emails)
    if len(uids.ranges) == 1:
        connection.execute(_REMOVE_RANGE, (mailbox, *uids.ranges[0]))
    else:
        connection.execute(_REMOVE, (mailbox, packed_ranges(uids), mailbox))
    connection.execute(_GONE, (at, packed(taken.emails)))
    count(connection, mailbox, -counts, at)
    return uids, at
