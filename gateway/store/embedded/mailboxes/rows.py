"""Mailboxes as they are read from their rows: the tree of names, and one mailbox with its whole name."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gateway.mail.units import Seconds
from gateway.store.errors import NoSuchMailbox
from gateway.store.model import Mailbox, MailboxId, ModSeq, SpecialUse, Uid, UidValidity
from gateway.store.names import INBOX, Levels, name_of

_COLUMNS = """id, parent, name, uidvalidity, uidnext, modseq, created, changed, messages, unseen, deleted, size,
    first_recent, special_use, selectable, sort_order, expire_after"""
_ALL = f"SELECT {_COLUMNS} FROM mailbox"  # noqa: S608
_ONE = f"{_ALL} WHERE id = ?"
_CHILD = f"{_ALL} WHERE parent = ? AND name = ?"
_SUBSCRIPTIONS = "SELECT name FROM subscription"
_SUBSCRIBED = "SELECT 1 FROM subscription WHERE name = ?"
_PATH = """WITH RECURSIVE above (id, parent, name, height) AS (
        SELECT id, parent, name, 0 FROM mailbox WHERE id = ?
        UNION ALL
        SELECT mailbox.id, mailbox.parent, mailbox.name, height + 1 FROM mailbox JOIN above ON mailbox.id = above.parent
        LIMIT 1000)
    SELECT name FROM above ORDER BY height DESC"""
_BELOW = """WITH RECURSIVE below (id, depth) AS (
        VALUES (?, 0)
        UNION
        SELECT mailbox.id, depth + 1 FROM mailbox JOIN below ON mailbox.parent = below.id WHERE depth < 100)
    SELECT id, depth FROM below ORDER BY depth, id"""
_HAS_CHILDREN = "SELECT 1 FROM mailbox WHERE parent = ? LIMIT 1"


class MailboxRow(NamedTuple):
    """A row of `mailbox`."""

    id: int
    parent: int
    name: str
    uidvalidity: int
    uidnext: int
    modseq: int
    created: int
    changed: int
    messages: int
    unseen: int
    deleted: int
    size: int
    first_recent: int
    special_use: str | None
    selectable: int
    sort_order: int
    expire_after: float | None

    @property
    def is_inbox(self) -> bool:
        """There is one, at the top."""
        return self.parent == 0 and self.name == INBOX


def row_of(connection: sqlite3.Connection, mailbox: MailboxId) -> MailboxRow:
    """Also of what is only a name. Raises NoSuchMailbox."""
    row = connection.execute(_ONE, (mailbox,)).fetchone()
    if row is None:
        raise NoSuchMailbox("there is no such mailbox")
    return MailboxRow(*row)


def selectable_row(connection: sqlite3.Connection, mailbox: MailboxId) -> MailboxRow:
    """Raises NoSuchMailbox, also for what is only a name."""
    row = row_of(connection, mailbox)
    if not row.selectable:
        raise NoSuchMailbox(f"{name_of(path_of(connection, mailbox))} is only a name above others, no mailbox")
    return row


def child_row(connection: sqlite3.Connection, parent: int, name: str) -> MailboxRow | None:
    """By its name in its level; `parent` 0: at the top."""
    row = connection.execute(_CHILD, (parent, name)).fetchone()
    return None if row is None else MailboxRow(*row)


def walk(connection: sqlite3.Connection, levels: Levels) -> Sequence[MailboxRow]:
    """The mailboxes along a name, from the top: as far as there are any."""
    found: list[MailboxRow] = []
    for level in levels:
        row = child_row(connection, found[-1].id if found else 0, level)
        if row is None:
            break
        found.append(row)
    return found


def path_of(connection: sqlite3.Connection, mailbox: int) -> Levels:
    """The whole name of a mailbox; empty where there is none."""
    return tuple(name for (name,) in connection.execute(_PATH, (mailbox,)))


def below(connection: sqlite3.Connection, mailbox: int) -> Sequence[tuple[MailboxId, int]]:
    """A mailbox and all that is below it, with the number of levels between, the nearest first."""
    return connection.execute(_BELOW, (mailbox,)).fetchall()


def has_children(connection: sqlite3.Connection, mailbox: int) -> bool:
    """Whether anything is below it."""
    return connection.execute(_HAS_CHILDREN, (mailbox,)).fetchone() is not None


def mailbox_of(connection: sqlite3.Connection, mailbox: MailboxId) -> Mailbox:
    """Also of what is only a name. Raises NoSuchMailbox."""
    return as_mailbox(connection, row_of(connection, mailbox))


def as_mailbox(connection: sqlite3.Connection, row: MailboxRow) -> Mailbox:
    """With its whole name and its subscription."""
    name = name_of(path_of(connection, row.id))
    return _mailbox(row, name, subscribed=connection.execute(_SUBSCRIBED, (name,)).fetchone() is not None)


def all_mailboxes(connection: sqlite3.Connection) -> Sequence[Mailbox]:
    """By name, the parents first, INBOX before all others."""
    subscribed = {name for (name,) in connection.execute(_SUBSCRIPTIONS)}
    children: defaultdict[int, list[MailboxRow]] = defaultdict(list)
    for row in map(MailboxRow._make, connection.execute(_ALL)):
        children[row.parent].append(row)
    found: list[tuple[Levels, MailboxRow]] = [((row.name,), row) for row in children[0]]
    for levels, row in found:  # It grows while it is walked.
        found += [((*levels, child.name), child) for child in children[row.id]]
    named = [(levels, name_of(levels), row) for levels, row in found]
    named.sort(key=lambda one: in_order(one[0]))
    return [_mailbox(row, name, subscribed=name in subscribed) for _, name, row in named]


def subscribed_names(connection: sqlite3.Connection) -> Sequence[str]:
    """In the order of `all_mailboxes`."""
    names: Iterable[str] = (name for (name,) in connection.execute(_SUBSCRIPTIONS))
    return sorted(names, key=lambda name: in_order(tuple(name.split("/"))))


def in_order(levels: Levels) -> tuple[bool, Levels]:
    """What mailboxes are sorted by."""
    return levels[0] != INBOX, levels


def _mailbox(row: MailboxRow, name: str, *, subscribed: bool) -> Mailbox:
    return Mailbox(
        id=MailboxId(row.id),
        name=name,
        parent=MailboxId(row.parent) if row.parent else None,
        uidvalidity=UidValidity(row.uidvalidity),
        uidnext=Uid(row.uidnext),
        highestmodseq=ModSeq(row.modseq),
        created=ModSeq(row.created),
        changed=ModSeq(row.changed),
        messages=row.messages,
        unseen=row.unseen,
        deleted=row.deleted,
        size=row.size,
        first_recent=Uid(row.first_recent),
        special_use=SpecialUse(row.special_use) if row.special_use else None,
        selectable=bool(row.selectable),
        subscribed=subscribed,
        sort_order=row.sort_order,
        expire_after=None if row.expire_after is None else Seconds(row.expire_after),
    )
