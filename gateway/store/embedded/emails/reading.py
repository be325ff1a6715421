"""What is known of some messages, in the order in which they were asked for. Reads without a lock."""

import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson

from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.mail.units import Timestamp
from gateway.storage.octets import FileOctets
from gateway.store.embedded.database.columns import packed
from gateway.store.embedded.database.transaction import Transaction
from gateway.store.embedded.emails.conversations import link
from gateway.store.embedded.emails.summary_columns import (
    COLUMNS,
    DESCRIBE,
    DESCRIPTION,
    KEYS,
    PLACES,
    columns_of,
    described,
    summary_of,
)
from gateway.store.flags import Mark
from gateway.store.model import Email, EmailId, Glance, LinkColumns, MailboxId, ModSeq, Place, SortText, ThreadId, Uid
from gateway.summary.model import VERSION, Summary

_WANTED = "FROM json_each(?) AS one CROSS JOIN email ON email.id = one.value"
_SUMMARISED = f"FROM json_each(?) AS one LEFT JOIN email ON email.id = one.value AND summary = {VERSION}"
_EMAILS = f"""SELECT email.id, thread, size, received, created, {COLUMNS}, {DESCRIPTION} {_WANTED}
    LEFT JOIN description ON description.email = email.id"""
_GLANCE = f"""SELECT email.id, thread, size, received, CASE summary WHEN {VERSION} THEN attached >> 1 END, x'', x'', ''
    {_WANTED}"""
_DESCRIBED = f"""SELECT email.id, thread, size, received, CASE summary WHEN {VERSION} THEN attached >> 1 END,
    coalesce(envelope, x''), coalesce(structure, x''), coalesce(preview, '')
    {_WANTED} LEFT JOIN description ON description.email = email.id"""
_TEXTS = {which: f"SELECT json_group_array({KEYS[which]}) {_SUMMARISED}" for which in SortText}
# The octets are joined as if they were text, which SQLite never looks into.
_LINKS = f"""SELECT json_group_array(link_own), json_group_array(link_answers),
    json_group_array(length(link_references) / 8), CAST(group_concat(link_references, '') AS BLOB) {_SUMMARISED}"""
_OCTETS = f"SELECT email.id, file, octets {_WANTED} LEFT JOIN body ON body.email = email.id"
_PLACES = """SELECT email, mailbox, uid, modseq, mark, saved FROM json_each(?) AS one
    CROSS JOIN entry ON entry.email = one.value ORDER BY mailbox, uid"""
_THREADS = """SELECT thread, email.id FROM json_each(?) AS one CROSS JOIN email ON thread = one.value
    WHERE gone IS NULL ORDER BY received, email.id"""
_KEEP = f"""UPDATE email SET ({COLUMNS}) = ({PLACES}) WHERE id = ? RETURNING thread"""  # noqa: S608


def emails(connection: sqlite3.Connection, wanted: Sequence[EmailId]) -> Sequence[Email | None]:
    """None: there is no such message."""
    found = {
        row[0]: Email(row[0], ThreadId(row[1]), row[2], Timestamp(row[3]), ModSeq(row[4]), summary_of(row[5:]))
        for row in connection.execute(_EMAILS, (packed(wanted),))
    }
    return [found.get(email) for email in wanted]


def glance(connection: sqlite3.Connection, wanted: Sequence[EmailId], *, described: bool) -> Sequence[Glance | None]:
    """Likewise."""
    rows = connection.execute(_DESCRIBED if described else _GLANCE, (packed(wanted),)).fetchall()
    found = {row[0]: Glance._make(row) for row in rows}
    return [found.get(email) for email in wanted]


def sort_texts(connection: sqlite3.Connection, wanted: Sequence[EmailId], which: SortText) -> Sequence[str | None]:
    """None: no summary yet, or no such message."""
    row: tuple[str] = connection.execute(_TEXTS[which], (packed(wanted),)).fetchone()
    texts: list[str | None] = orjson.loads(row[0])
    return texts


def links(connection: sqlite3.Connection, wanted: Sequence[EmailId]) -> LinkColumns:
    """Likewise."""
    own, answers, counts, references = connection.execute(_LINKS, (packed(wanted),)).fetchone()
    return LinkColumns(orjson.loads(own), orjson.loads(answers), orjson.loads(counts), array("q", references or b""))


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
    connection = transaction.connection
    known: list[tuple[int, Summary]] = []
    for email, summary in summaries.items():
        row: tuple[int] | None = connection.execute(_KEEP, (*columns_of(summary), email)).fetchone()
        if row is not None:
            connection.execute(DESCRIBE, described(email, summary))
            known.append((row[0], summary))
    link(connection, known)
