"""COPY and MOVE (RFC 9051 6.4.7, RFC 6851): messages get entries in one more mailbox. Part of a transaction."""

from gateway.store.actions import Arrived, Copy, Move
from gateway.store.embedded.database.transaction import Transaction
from gateway.store.embedded.emails.appending import new_uids
from gateway.store.embedded.emails.removing import remove_entries
from gateway.store.embedded.emails.taking import Counts, Taken, count_arrived, counts_of, packed_ranges, size_of, take
from gateway.store.embedded.mailboxes.rows import MailboxRow, selectable_row
from gateway.store.embedded.quotas.limits import require_room
from gateway.store.model import ChangeKind, EmailId, MailboxId, ModSeq, Uid, UidValidity
from gateway.store.uids import UidSet

_COPY = """INSERT INTO entry (mailbox, uid, email, modseq, mark, saved)
    SELECT ?, ? + row_number() OVER (ORDER BY uid), email, ?, mark, ? FROM json_each(?) AS range
        CROSS JOIN entry ON mailbox = ? AND uid BETWEEN range.value ->> 0 AND range.value ->> 1"""


def copy(transaction: Transaction, action: Copy) -> Arrived:
    """Raises NoSuchMailbox, OverQuota, NotPossible."""
    source, target = _ends(transaction, action)
    taken = take(transaction.connection, action.mailbox, action.uids)
    if not taken:
        return _nothing(target)
    counts = counts_of(taken.marks, size_of(transaction.connection, taken.emails))
    require_room(transaction, messages=counts.messages, octets=counts.size)
    return _arrive(transaction, source, target, taken, counts)


def move(transaction: Transaction, action: Move) -> Arrived:
    """Two lines of the feed: they are there before they are gone here. Raises NoSuchMailbox, NotPossible."""
    source, target = _ends(transaction, action)
    taken = take(transaction.connection, action.mailbox, action.uids)
    if not taken:
        return _nothing(target)
    counts = counts_of(taken.marks, size_of(transaction.connection, taken.emails))
    arrived = _arrive(transaction, source, target, taken, counts)
    remove_entries(transaction, action.mailbox, taken, counts)
    return arrived


def _ends(transaction: Transaction, action: Copy | Move) -> tuple[MailboxRow, MailboxRow]:
    connection = transaction.connection
    return selectable_row(connection, action.mailbox), selectable_row(connection, action.to)


def _nothing(target: MailboxRow) -> Arrived:
    return Arrived(MailboxId(target.id), UidValidity(target.uidvalidity), (), (), ModSeq(target.modseq))


def _arrive(transaction: Transaction, source: MailboxRow, target: MailboxRow, taken: Taken, counts: Counts) -> Arrived:
    connection, mailbox = transaction.connection, MailboxId(target.id)
    uids = new_uids(target, len(taken.uids))
    at = transaction.change(ChangeKind.ARRIVED, mailbox, UidSet(((uids[0], uids[-1]),)), taken.emails)
    ranges = packed_ranges(UidSet.of(taken.uids))
    connection.execute(_COPY, (mailbox, uids[0] - 1, at, transaction.now, ranges, source.id))
    count_arrived(connection, mailbox, counts, at)
    return Arrived(
        mailbox,
        UidValidity(target.uidvalidity),
        tuple(map(Uid, uids)),
        tuple(map(EmailId, taken.emails)),
        at,
        tuple(map(Uid, taken.uids)),
    )
