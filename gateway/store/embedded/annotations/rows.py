"""Annotations as rows (RFC 5464). Names are kept in lower case: they are compared without case."""

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from gateway.auth.authenticator import AccountId
from gateway.store.embedded.database.transaction import Transaction
from gateway.store.embedded.mailboxes.rows import selectable_row
from gateway.store.errors import AnnotationTooLarge, NotPossible, TooManyAnnotations
from gateway.store.model import ChangeKind, MailboxId

MAX_ENTRIES: Final = 200
"""Of a mailbox or the account, as one viewer sees it."""
MAX_VALUE: Final = 64 * 1024
MAX_NAME: Final = 500
MAX_ALL: Final = 16 * 1024 * 1024
"""Octets of an account's annotations, whoever wrote them: they count for no quota."""

SHARED: Final = 0
_ENTRY: Final = re.compile(r"/(?:private|shared)(?:/[!-$&-)+-.0-~ ]+)+")
_GET = "SELECT name, value FROM annotation WHERE mailbox = ? AND viewer IN (0, ?) ORDER BY name"
_OF_ALL = """SELECT mailbox, name, value FROM annotation
    WHERE mailbox != 0 AND viewer IN (0, ?) AND name IN (SELECT value FROM json_each(?)) ORDER BY mailbox, name"""
_INSERT = "INSERT INTO annotation VALUES (?, ?, ?, ?)"
_WEIGHT = "SELECT coalesce(sum(length(value) + length(name)), 0) FROM annotation"
_REMOVE = "DELETE FROM annotation WHERE mailbox = ? AND viewer = ? AND name = ?"


def entry_name(name: str) -> str:
    """As it is kept. Raises NotPossible for what is none (RFC 5464 3.2)."""
    lower = name.lower() if name.isascii() else ""
    if not _ENTRY.fullmatch(lower) or len(lower) > MAX_NAME:
        raise NotPossible(
            f"an annotation is called /private/... or /shared/..., in at most {MAX_NAME} characters of ASCII without"
            " control characters, * and %"
        )
    return lower


@dataclass(frozen=True, slots=True)
class Get:
    """All that a viewer sees. `mailbox` None: of the account."""

    mailbox: MailboxId | None
    viewer: AccountId

    def __call__(self, connection: sqlite3.Connection) -> Mapping[str, bytes]:
        """Raises NoSuchMailbox."""
        if self.mailbox is not None:
            selectable_row(connection, self.mailbox)
        return dict(connection.execute(_GET, (self.mailbox or 0, self.viewer)))


@dataclass(frozen=True, slots=True)
class GetOfAll:
    """Some entries, by their names as they are kept, of all mailboxes that have any."""

    viewer: AccountId
    names: Sequence[str]

    def __call__(self, connection: sqlite3.Connection) -> Mapping[MailboxId, Mapping[str, bytes]]:
        """One statement."""
        found: defaultdict[MailboxId, dict[str, bytes]] = defaultdict(dict)
        for mailbox, name, value in connection.execute(_OF_ALL, (self.viewer, orjson.dumps(self.names).decode())):
            found[mailbox][name] = value
        return dict(found)


@dataclass(frozen=True, slots=True)
class Set:
    """All of them, by their names as they are kept, or none. A value of None removes one."""

    mailbox: MailboxId | None
    viewer: AccountId
    values: Mapping[str, bytes | None]

    def __call__(self, transaction: Transaction) -> None:
        """Raises NoSuchMailbox, TooManyAnnotations, AnnotationTooLarge. Nobody is told where it is so already."""
        before = Get(self.mailbox, self.viewer)(transaction.connection)
        changed = {name: value for name, value in self.values.items() if before.get(name) != value}
        after = {name for name in before.keys() | changed.keys() if changed.get(name, before.get(name)) is not None}
        _check(len(before), len(after), changed.values())
        if changed:
            transaction.connection.executemany(_REMOVE, map(self._key, changed))
            kept = [(*self._key(name), value) for name, value in changed.items() if value is not None]
            transaction.connection.executemany(_INSERT, kept)
            if kept:
                _refuse_flood(transaction.connection)
            transaction.change(ChangeKind.ANNOTATION, self.mailbox)

    def _key(self, name: str) -> tuple[int, int, str]:
        return self.mailbox or 0, SHARED if name.startswith("/shared/") else self.viewer, name


def _refuse_flood(connection: sqlite3.Connection) -> None:
    row: tuple[int] = connection.execute(_WEIGHT).fetchone()
    if row[0] > MAX_ALL:
        raise NotPossible("the account has too many octets of annotations: remove others first")


def _check(before: int, after: int, values: Iterable[bytes | None]) -> None:
    if any(value is not None and len(value) > MAX_VALUE for value in values):
        raise AnnotationTooLarge(MAX_VALUE)
    if after > max(before, MAX_ENTRIES):
        raise TooManyAnnotations(MAX_ENTRIES)
