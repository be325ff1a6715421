"""APPEND and delivery: new messages of a mailbox. Part of a transaction."""

import sqlite3
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.store.actions import Append, Arrived
from gateway.store.embedded.database.transaction import Transaction
from gateway.store.embedded.emails.conversations import threads_of
from gateway.store.embedded.emails.keywords import Keywords
from gateway.store.embedded.emails.summary_columns import (
    COLUMNS,
    DESCRIBE,
    PLACES,
    columns_of,
    described,
)
from gateway.store.embedded.emails.taking import count_arrived, counts_of
from gateway.store.embedded.mailboxes.rows import MailboxRow, selectable_row
from gateway.store.embedded.quotas.limits import require_room
from gateway.store.errors import NotPossible
from gateway.store.model import ChangeKind, EmailId, ModSeq, Uid, UidValidity
from gateway.store.uids import UidSet

LAST_UID = 0xFFFFFFFF

_EMAIL = f"""INSERT INTO email (id, thread, size, received, created, file, {COLUMNS})
    VALUES (?, ?, ?, ?, ?, ?, {PLACES})"""  # noqa: S608
_BODY = "INSERT INTO body (email, octets) VALUES (?, ?)"
_ENTRY = "INSERT INTO entry (mailbox, uid, email, modseq, mark, saved) VALUES (?, ?, ?, ?, ?, ?)"
_GROUND = """SELECT (SELECT seq FROM sqlite_sequence WHERE name = 'email'),
    EXISTS (SELECT 1 FROM delivered WHERE token = ?)"""
_KNOWN = """SELECT delivered.mailbox, first_uid, emails, seq, uidvalidity FROM delivered
    LEFT JOIN mailbox ON mailbox.id = delivered.mailbox WHERE token = ?"""
_DELIVERED = "INSERT INTO delivered (token, mailbox, first_uid, emails, seq, at) VALUES (?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Body:
    """Octets as they are stored: in a row, or in a file that is on disk already."""

    size: int
    octets: bytes | None
    file: str | None


def append(transaction: Transaction, keywords: Keywords, action: Append, bodies: Sequence[Body]) -> Arrived:
    """Raises NoSuchMailbox, OverQuota, NotPossible."""
    # Every statement gives the interpreter's lock away and waits for it again: what can be asked at once is.
    last, delivered = transaction.connection.execute(_GROUND, (action.token,)).fetchone()
    if delivered:
        return _delivered(transaction.connection, action.token)
    mailbox = selectable_row(transaction.connection, action.mailbox)
    size = sum(body.size for body in bodies)
    require_room(transaction, messages=len(bodies), octets=size)
    uids = new_uids(mailbox, len(bodies))
    emails = range((last or 0) + 1, (last or 0) + 1 + len(bodies))
    if not bodies:
        return Arrived(action.mailbox, UidValidity(mailbox.uidvalidity), (), (), ModSeq(mailbox.modseq))
    at = transaction.change(ChangeKind.ARRIVED, action.mailbox, UidSet(((uids[0], uids[-1]),)), emails)
    _store(transaction, action, bodies, emails)
    marks = [keywords.mark(new.flags) for new in action.emails]
    columns = zip(uids, emails, marks, strict=True)
    rows = [(action.mailbox, uid, email, at, mark, transaction.now) for uid, email, mark in columns]
    transaction.connection.executemany(_ENTRY, rows)
    count_arrived(transaction.connection, action.mailbox, counts_of(marks, size), at)
    if action.token:
        line = action.token, action.mailbox, uids[0], array("q", emails).tobytes(), at, transaction.now
        transaction.connection.execute(_DELIVERED, line)
    return Arrived(
        action.mailbox,
        UidValidity(mailbox.uidvalidity),
        tuple(map(Uid, uids)),
        tuple(map(EmailId, emails)),
        at,
    )


def new_uids(mailbox: MailboxRow, number: int) -> range:
    """The next ones; `count_arrived` takes them. Raises NotPossible where they are used up."""
    last = mailbox.uidnext + number
    if last > LAST_UID:
        raise NotPossible("the mailbox has no UIDs left: copy its messages to a new one")
    return range(mailbox.uidnext, last)


def _store(transaction: Transaction, action: Append, bodies: Sequence[Body], emails: Sequence[int]) -> None:
    connection = transaction.connection
    summaries = [new.summary for new in action.emails]
    threads = threads_of(connection, zip(emails, summaries, strict=True))
    connection.executemany(
        _EMAIL,
        [
            (email, thread, body.size, new.received, transaction.seq, body.file, *columns_of(new.summary))
            for email, thread, body, new in zip(emails, threads, bodies, action.emails, strict=True)
        ],
    )
    known = [(email, summary) for email, summary in zip(emails, summaries, strict=True) if summary is not None]
    connection.executemany(DESCRIBE, [described(email, summary) for email, summary in known])
    inline = [(email, body.octets) for email, body in zip(emails, bodies, strict=True) if body.file is None]
    connection.executemany(_BODY, inline)
    transaction.adopted += [body.file for body in bodies if body.file is not None]


def _delivered(connection: sqlite3.Connection, token: str) -> Arrived:
    """What the same delivery came to; UIDVALIDITY 0 where its mailbox has gone since."""
    mailbox, first, emails, at, uidvalidity = connection.execute(_KNOWN, (token,)).fetchone()
    ids = array("q", emails)
    uids = range(first, first + len(ids))
    return Arrived(mailbox, UidValidity(uidvalidity or 0), tuple(map(Uid, uids)), tuple(map(EmailId, ids)), ModSeq(at))
