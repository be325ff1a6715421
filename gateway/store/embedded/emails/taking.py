"""Messages of a mailbox as actions take them: by sets of UIDs, never one by one. Part of a transaction."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.store.embedded.database.columns import packed, read_columns
from gateway.store.flags import NONE, System
from gateway.store.model import MailboxId
from gateway.store.uids import UidSet

_TAKE = """SELECT json_group_array(uid), json_group_array(email), json_group_array(mark), json_group_array(modseq)
    FROM (SELECT uid, email, mark, modseq FROM json_each(?) AS range
        CROSS JOIN entry ON mailbox = ? AND uid BETWEEN range.value ->> 0 AND range.value ->> 1 AND mark & ? = ?)"""
_SIZE = "SELECT coalesce(sum(size), 0) FROM json_each(?) AS one CROSS JOIN email ON email.id = one.value"
_COUNT = """UPDATE mailbox SET messages = messages + ?, unseen = unseen + ?, deleted = deleted + ?, size = size + ?,
    modseq = ? WHERE id = ?"""
_ARRIVE = """UPDATE mailbox SET uidnext = uidnext + ?1, messages = messages + ?1, unseen = unseen + ?2,
    deleted = deleted + ?3, size = size + ?4, modseq = ?5 WHERE id = ?6"""

ALL = UidSet(((1, 0xFFFFFFFF),))


@dataclass(frozen=True, slots=True)
class Taken:
    """Columns, by ascending UID."""

    uids: list[int]
    emails: list[int]
    marks: list[int]
    modseqs: list[int]

    def __bool__(self) -> bool:
        return bool(self.uids)

    def only(self, places: Sequence[int]) -> "Taken":
        """Some of them."""
        columns = self.uids, self.emails, self.marks, self.modseqs
        return Taken(*([column[place] for place in places] for column in columns))


@dataclass(frozen=True, slots=True)
class Counts:
    """What STATUS tells of some messages."""

    messages: int = 0
    unseen: int = 0
    deleted: int = 0
    size: int = 0

    def __neg__(self) -> "Counts":
        return Counts(-self.messages, -self.unseen, -self.deleted, -self.size)

    def __sub__(self, other: "Counts") -> "Counts":
        return Counts(
            self.messages - other.messages,
            self.unseen - other.unseen,
            self.deleted - other.deleted,
            self.size - other.size,
        )


def take(connection: sqlite3.Connection, mailbox: MailboxId, uids: UidSet, flags: System = NONE) -> Taken:
    """What the mailbox has of them with these flags."""
    return Taken(*read_columns(connection, _TAKE, (packed_ranges(uids), mailbox, flags, flags)))


def packed_ranges(uids: UidSet) -> str:
    """As a parameter for `json_each`."""
    return packed(uids.ranges)


def counts_of(marks: Sequence[int], size: int = 0) -> Counts:
    """Of messages with these marks, and this size in all."""
    kinds = Counter(marks)
    unseen = sum(count for mark, count in kinds.items() if not mark & System.SEEN)
    deleted = sum(count for mark, count in kinds.items() if mark & System.DELETED)
    return Counts(len(marks), unseen, deleted, size)


def size_of(connection: sqlite3.Connection, emails: Sequence[int]) -> int:
    """Octets of all of them; one that is there twice counts twice."""
    row: tuple[int] = connection.execute(_SIZE, (packed(emails),)).fetchone()
    return row[0]


def count(connection: sqlite3.Connection, mailbox: MailboxId, more: Counts, modseq: int) -> None:
    """Keep the counts of a mailbox."""
    connection.execute(_COUNT, (more.messages, more.unseen, more.deleted, more.size, modseq, mailbox))


def count_arrived(connection: sqlite3.Connection, mailbox: MailboxId, more: Counts, modseq: int) -> None:
    """The same for messages that came: their UIDs are taken."""
    connection.execute(_ARRIVE, (more.messages, more.unseen, more.deleted, more.size, modseq, mailbox))
