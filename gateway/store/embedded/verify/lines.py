"""What of an account's database no query can see: sets of UIDs, lists of messages, names of keywords."""

import json
import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gateway.store.embedded.verify.fault import Fault, Repair
from gateway.store.flags import MAX_KEYWORD
from gateway.store.model import ChangeKind
from gateway.store.uids import UidSet

_OF_UIDS: Final = (ChangeKind.ARRIVED, ChangeKind.FLAGS, ChangeKind.EXPUNGED)
_RECENT: Final = """SELECT mailbox, uid, modseq FROM entry JOIN account ON modseq > since ORDER BY mailbox, modseq"""


@dataclass(frozen=True, slots=True)
class _Line:
    kind: ChangeKind
    mailbox: int | None
    uids: UidSet


def broken_lines(where: str, connection: sqlite3.Connection) -> Iterator[Fault]:
    """What is wrong with the feed."""
    lines: dict[int, _Line] = {}
    for seq, kind, mailbox, uids, emails in connection.execute("SELECT seq, kind, mailbox, uids, emails FROM change"):
        try:
            lines[seq] = _line(kind, mailbox, uids, emails)
        except (ValueError, TypeError) as error:
            yield Fault(where, f"the history at {seq} cannot be read: {error}", Repair.HISTORY)
    yield from _untold(where, connection, lines)
    yield from _revived(where, connection, lines)


def _line(kind: str, mailbox: int | None, uids: str, emails: bytes) -> _Line:
    """Raises ValueError, TypeError."""
    line = _Line(ChangeKind(kind), mailbox, UidSet.parse(uids))
    listed = array("q", emails)
    if line.kind in _OF_UIDS and (mailbox is None or not line.uids or len(listed) not in (0, len(line.uids))):
        raise ValueError(f"{kind} with {len(line.uids)} UIDs and {len(listed)} messages")
    return line


def _untold(where: str, connection: sqlite3.Connection, lines: dict[int, _Line]) -> Iterator[Fault]:
    for mailbox, uid, modseq in connection.execute(_RECENT):
        line = lines.get(modseq)
        if line is not None and uid not in line.uids:
            what = f"mailbox {mailbox}, UID {uid}: what changed at {modseq} is not in the history"
            yield Fault(where, what, Repair.HISTORY)


def _revived(where: str, connection: sqlite3.Connection, lines: dict[int, _Line]) -> Iterator[Fault]:
    """A UID that was expunged never comes back."""
    expunged: defaultdict[int | None, list[UidSet]] = defaultdict(list)
    for line in lines.values():
        if line.kind is ChangeKind.EXPUNGED:
            expunged[line.mailbox].append(line.uids)
    for mailbox, sets in expunged.items():
        gone = UidSet.ranges_of(pair for one in sets for pair in one.ranges)
        for (uid,) in connection.execute("SELECT uid FROM entry WHERE mailbox IS ?", (mailbox,)):
            if uid in gone:
                yield Fault(where, f"mailbox {mailbox}, UID {uid}: it was expunged, and is there", Repair.HISTORY)


def broken_keywords(where: str, connection: sqlite3.Connection) -> Iterator[Fault]:
    """What is wrong with the sets of keywords."""
    for number in unreadable_keyword_sets(connection):
        yield Fault(where, f"the set of keywords {number} cannot be read", Repair.KEYWORDS)


def unreadable_keyword_sets(connection: sqlite3.Connection) -> Iterator[int]:
    """Their numbers."""
    for number, text in connection.execute("SELECT id, names FROM keyword_set"):
        try:
            names: object = json.loads(text)
        except (ValueError, TypeError):
            names = None
        if number < 1 or not isinstance(names, list) or not _are_keywords(names):
            yield number


def _are_keywords(names: list[object]) -> bool:
    texts = [name for name in names if isinstance(name, str) and name.isascii() and 0 < len(name) <= MAX_KEYWORD]
    return (
        len(texts) == len(names) > 0 and texts == sorted(texts) and len({text.lower() for text in texts}) == len(texts)
    )


def broken_deliveries(where: str, connection: sqlite3.Connection) -> Iterator[Fault]:
    """What is wrong with the tokens of deliveries."""
    for token in unreadable_deliveries(connection):
        yield Fault(where, f"the delivery {token} cannot be read", Repair.DELIVERIES)


def unreadable_deliveries(connection: sqlite3.Connection) -> Iterator[str]:
    """Their tokens."""
    for token, first, emails in connection.execute("SELECT token, first_uid, emails FROM delivered"):
        if len(emails) % 8 or first < 1:
            yield token
