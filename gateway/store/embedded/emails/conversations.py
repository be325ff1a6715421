"""Which conversation a message belongs to (RFC 8621 3): that of a message that names a Message-ID which it names too,
and has the same base subject. Part of a transaction.

A message never changes its thread: one that would join two goes to the older one.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from gateway.store.embedded.database.columns import packed
from gateway.summary.model import Summary

_KNOWN = """SELECT link, subject, thread FROM json_each(?) AS pair
    CROSS JOIN thread_link ON link = pair.value ->> 0 AND subject = pair.value ->> 1"""
_INSERT = "INSERT OR IGNORE INTO thread_link (link, subject, thread) VALUES (?, ?, ?)"

Pair = tuple[int, int]
"""A Message-ID and a base subject."""


def threads_of(connection: sqlite3.Connection, emails: Iterable[tuple[int, Summary | None]]) -> Sequence[int]:
    """Of new messages, in order; one without a summary is a conversation of its own."""
    named = [(email, tuple(_pairs(summary))) for email, summary in emails]
    wanted = {pair for _, pairs in named for pair in pairs}
    if not wanted:
        return [email for email, _ in named]
    before = {(link, subject): thread for link, subject, thread in connection.execute(_KNOWN, (packed(list(wanted)),))}
    known = dict(before)
    threads = [_join(known, email, pairs) for email, pairs in named]
    fresh = [(*pair, thread) for pair, thread in known.items() if pair not in before]
    connection.executemany(_INSERT, fresh)
    return threads


def link(connection: sqlite3.Connection, threads: Iterable[tuple[int, Summary]]) -> None:
    """What is known at last of messages that have their threads."""
    rows = [(*pair, thread) for thread, summary in threads for pair in _pairs(summary)]
    connection.executemany(_INSERT, rows)


def _join(known: dict[Pair, int], email: int, pairs: Sequence[Pair]) -> int:
    thread = min((known[pair] for pair in pairs if pair in known), default=email)
    for pair in pairs:
        known.setdefault(pair, thread)
    return thread


def _pairs(summary: Summary | None) -> Iterator[Pair]:
    if summary is not None:
        subject = int.from_bytes(hashlib.blake2b(summary.keys.subject, digest_size=8).digest(), "little") >> 1
        yield summary.links.own, subject
        yield from ((reference, subject) for reference in summary.links.references)
