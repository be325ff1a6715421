"""STORE (RFC 9051 6.4.6, RFC 7162 3.1.3). Marks are few, however many messages have them. Part of a transaction."""

from collections import defaultdict
from collections.abc import Sequence

from gateway.store.actions import FlagsSet, SetFlags
from gateway.store.embedded.database.transaction import Transaction
from gateway.store.embedded.emails.keywords import Keywords
from gateway.store.embedded.emails.taking import Taken, count, counts_of, packed_ranges, take
from gateway.store.embedded.mailboxes.rows import selectable_row
from gateway.store.flags import Mark
from gateway.store.model import ChangeKind, MailboxId, ModSeq
from gateway.store.uids import UidSet

_SET = """UPDATE entry SET mark = ?, modseq = ? WHERE mailbox = ? AND uid IN (SELECT uid FROM json_each(?) AS range
    CROSS JOIN entry AS it ON it.mailbox = ? AND it.uid BETWEEN range.value ->> 0 AND range.value ->> 1)"""
_SET_RANGE = "UPDATE entry SET mark = ?, modseq = ? WHERE mailbox = ? AND uid BETWEEN ? AND ?"


def set_flags(transaction: Transaction, keywords: Keywords, action: SetFlags) -> FlagsSet:
    """Raises NoSuchMailbox, NotPossible."""
    mailbox = selectable_row(transaction.connection, action.mailbox)
    taken = take(transaction.connection, action.mailbox, action.uids)
    failed = UidSet()
    if action.unchanged_since is not None:
        since = action.unchanged_since
        failed = UidSet.of(uid for uid, modseq in zip(taken.uids, taken.modseqs, strict=True) if modseq > since)
        taken = taken.only([place for place, modseq in enumerate(taken.modseqs) if modseq <= since])
    become = {old: keywords.changed(Mark(old), action.how, action.flags) for old in set(taken.marks)}
    taken = taken.only([place for place, old in enumerate(taken.marks) if become[old] != old])
    if not taken:
        return FlagsSet(action.mailbox, UidSet(), failed, ModSeq(mailbox.modseq))
    changed = UidSet.of(taken.uids)
    at = transaction.change(ChangeKind.FLAGS, action.mailbox, changed, taken.emails)
    marks = _by_mark(taken, become)
    _write(transaction, action.mailbox, marks, at)
    more = counts_of([become[old] for old in taken.marks]) - counts_of(taken.marks)
    count(transaction.connection, action.mailbox, more, at)
    return FlagsSet(action.mailbox, changed, failed, at, marks)


def _by_mark(taken: Taken, become: dict[int, Mark]) -> tuple[tuple[Mark, UidSet], ...]:
    by_mark: defaultdict[Mark, list[int]] = defaultdict(list)
    for uid, old in zip(taken.uids, taken.marks, strict=True):
        by_mark[become[old]].append(uid)
    return tuple((new, UidSet.of(uids)) for new, uids in by_mark.items())


def _write(transaction: Transaction, mailbox: MailboxId, marks: Sequence[tuple[Mark, UidSet]], at: ModSeq) -> None:
    """A statement for each new mark."""
    for new, uids in marks:
        if len(uids.ranges) == 1:
            transaction.connection.execute(_SET_RANGE, (new, at, mailbox, *uids.ranges[0]))
        else:
            transaction.connection.execute(_SET, (new, at, mailbox, packed_ranges(uids), mailbox))
