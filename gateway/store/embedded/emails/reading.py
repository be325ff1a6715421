"""What is known of some messages, in the order in which they were asked for. Reads without a lock."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.mail.units import Timestamp
from gateway.storage.octets import FileOctets
from gateway.store.embedded.database.columns import packed
from gateway.store.embedded.database.transaction import Transaction
from gateway.store.embedded.emails.conversations import link
from gateway.store.embedded.emails.summary_columns import COLUMNS, columns_of, summary_of, unpack_keys, unpack_links
from gateway.store.flags import Mark
from gateway.store.model import Email, EmailId, MailboxId, ModSeq, Place, ThreadId, Uid
from gateway.summary.model import VERSION, Links, SortKeys, Summary

_WANTED = "FROM json_each(?) AS one CROSS JOIN email ON email.id = one.value"
_EMAILS = f"SELECT email.id, thread, size, received, created, {COLUMNS} {_WANTED}"
_KEYS = f"SELECT email.id, keys {_WANTED} WHERE summary = {VERSION}"
_LINKS = f"SELECT email.id, links {_WANTED} WHERE summary = {VERSION}"
_OCTETS = f"SELECT email.id, file, octets {_WANTED} LEFT JOIN body ON body.email = email.id"
_PLACES = """SELECT email, mailbox, uid, modseq, mark, saved FROM json_each(?) AS one
    CROSS JOIN entry ON entry.email = one.value ORDER BY mailbox, uid"""
_THREADS = """SELECT thread, email.id FROM json_each(?) AS one CROSS JOIN email ON thread = one.value
    WHERE gone IS NULL ORDER BY received, email.id"""
_KEEP = f"""UPDATE email SET ({COLUMNS}) = (?, ?, ?, ?, ?, ?, ?, ?) WHERE id = ? RETURNING thread"""  # noqa: S608


def emails(connection: sqlite3.Connection, wanted: Sequence[EmailId]) -> Sequence[Email | None]:
    """None: there is no such message."""
    found = {
        row[0]: Email(row[0], ThreadId(row[1]), row[2], Timestamp(row[3]), ModSeq(row[4]), summary_of(row[5:]))
        for row in connection.execute(_EMAILS, (packed(wanted),))
    }
    return [found.get(email) for email in wanted]


def sort_keys(connection: sqlite3.Connection, wanted: Sequence[EmailId]) -> Sequence[SortKeys | None]:
    """None: no summary yet, or no such message."""
    found = {email: unpack_keys(keys) for email, keys in connection.execute(_KEYS, (packed(wanted),))}
    return [found.get(email) for email in wanted]


def links(connection: sqlite3.Connection, wanted: Sequence[EmailId]) -> Sequence[Links | None]:
    """Likewise."""
    found = {email: unpack_links(octets) for email, octets in connection.execute(_LINKS, (packed(wanted),))}
    return [found.get(email) for email in wanted]


def octets(connection: sqlite3.Connection, wanted: Sequence[EmailId], bodies: Path) -> Sequence[OctetSource | None]:
    """A file is opened when it is read."""
    found: dict[int, OctetSource] = {}
    for email, file, row in connection.execute(_OCTETS, (packed(wanted),)):
        if file is not None:
            found[email] = FileOctets(bodies / file)
        elif row is not None:
            found[email] = MemoryOctets(row)
    return [found.get(email) for email in wanted]


def places(connection: sqlite3.Connection, wanted: Sequence[EmailId]) -> Sequence[tuple[Place, ...]]:
    """By mailbox and UID."""
    found: defaultdict[int, list[Place]] = defaultdict(list)
    for email, mailbox, uid, modseq, mark, saved in connection.execute(_PLACES, (packed(list(set(wanted))),)):
        place = Place(email, MailboxId(mailbox), Uid(uid), ModSeq(modseq), Mark(mark), Timestamp(saved))
        found[email].append(place)
    return [tuple(found.get(email, ())) for email in wanted]


def threads(connection: sqlite3.Connection, wanted: Sequence[ThreadId]) -> Sequence[tuple[EmailId, ...]]:
    """Oldest first."""
    found: defaultdict[int, list[EmailId]] = defaultdict(list)
    for thread, email in connection.execute(_THREADS, (packed(list(set(wanted))),)):
        found[thread].append(email)
    return [tuple(found.get(thread, ())) for thread in wanted]


def keep(transaction: Transaction, summaries: Mapping[EmailId, Summary]) -> None:
    """Messages keep the threads that they have; later ones find them by what is known now."""
    known: list[tuple[int, Summary]] = []
    for email, summary in summaries.items():
        row: tuple[int] | None = transaction.connection.execute(_KEEP, (*columns_of(summary), email)).fetchone()
        if row is not None:
            known.append((row[0], summary))
    link(transaction.connection, known)
