"""Subscriptions: names, whether there is a mailbox of that name or not (RFC 9051 6.3.7)."""

from dataclasses import dataclass
from typing import Final

from gateway.store.embedded.database.transaction import Transaction
from gateway.store.embedded.mailboxes.rows import walk
from gateway.store.errors import NotPossible
from gateway.store.model import ChangeKind, MailboxId
from gateway.store.names import Levels, name_of

MAX_SUBSCRIPTIONS: Final = 20_000

_COUNT = "SELECT count(*) FROM subscription"
_ADD = "INSERT OR IGNORE INTO subscription VALUES (?)"
_REMOVE = "DELETE FROM subscription WHERE name = ?"
_CHANGED = "UPDATE mailbox SET changed = ? WHERE id = ?"


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Without effect where it is subscribed."""

    levels: Levels

    def __call__(self, transaction: Transaction) -> None:
        """Raises NotPossible where there are too many."""
        if transaction.connection.execute(_ADD, (name_of(self.levels),)).rowcount:
            row: tuple[int] = transaction.connection.execute(_COUNT).fetchone()
            if row[0] > MAX_SUBSCRIPTIONS:
                raise NotPossible(f"there are {MAX_SUBSCRIPTIONS} subscriptions already: end some of them")
            _tell(transaction, self.levels)


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Without effect where it is not subscribed."""

    levels: Levels

    def __call__(self, transaction: Transaction) -> None:
        """It is a change of the mailbox, where there is one of that name."""
        if transaction.connection.execute(_REMOVE, (name_of(self.levels),)).rowcount:
            _tell(transaction, self.levels)


def _tell(transaction: Transaction, levels: Levels) -> None:
    found = walk(transaction.connection, levels)
    mailbox = MailboxId(found[-1].id) if len(found) == len(levels) else None
    at = transaction.change(ChangeKind.MAILBOX, mailbox)
    if mailbox is not None:
        transaction.connection.execute(_CHANGED, (at, mailbox))
