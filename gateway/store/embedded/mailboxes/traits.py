"""What mailboxes are for, how they are ordered, when their messages expire; and who has seen what is recent."""

import sqlite3
from dataclasses import dataclass

from gateway.store.embedded.database.transaction import Transaction
from gateway.store.embedded.mailboxes.creation import require_free
from gateway.store.embedded.mailboxes.rows import MailboxRow, mailbox_of, selectable_row
from gateway.store.errors import NotPossible
from gateway.store.model import ChangeKind, Mailbox, MailboxId, ModSeq, Uid
from gateway.store.protocol.mailboxes import Expiry, Order, Purpose, Trait

_UPDATE = "UPDATE mailbox SET special_use = ?, sort_order = ?, expire_after = ?, changed = ? WHERE id = ?"
_CLAIM = "UPDATE mailbox SET first_recent = uidnext WHERE id = ?"
_HISTORY = "SELECT since FROM account"
_MAX_ORDER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class SetTraits:
    """All of them, or none."""

    mailbox: MailboxId
    traits: tuple[Trait, ...]

    def __call__(self, transaction: Transaction) -> Mailbox:
        """Raises NoSuchMailbox, NotPossible."""
        before = selectable_row(transaction.connection, self.mailbox)
        after = before
        for trait in self.traits:
            after = _with(transaction, after, trait)
        if after != before:
            at = transaction.change(ChangeKind.MAILBOX, self.mailbox)
            row = after.special_use, after.sort_order, after.expire_after, at, self.mailbox
            transaction.connection.execute(_UPDATE, row)
        return mailbox_of(transaction.connection, self.mailbox)


def _with(transaction: Transaction, row: MailboxRow, trait: Trait) -> MailboxRow:
    match trait:
        case Purpose(special_use=use):
            if use is not None:
                _refuse_inbox(row)
                require_free(transaction, use, row.id)
            return row._replace(special_use=use)
        case Order(sort_order=order):
            if not 0 <= order <= _MAX_ORDER:
                raise NotPossible("the order of a mailbox is a number from 0 to 2^31-1")
            return row._replace(sort_order=order)
        case Expiry(expire_after=after):
            if after is not None and not after > 0:
                raise NotPossible("messages expire after a time over 0")
            return row._replace(expire_after=after)


def _refuse_inbox(row: MailboxRow) -> None:
    if row.is_inbox:
        raise NotPossible("INBOX is for new mail: it has no other use")


@dataclass(frozen=True, slots=True)
class ClaimRecent:
    """Nobody is told: what is recent is no part of the account's state."""

    mailbox: MailboxId

    def __call__(self, transaction: Transaction) -> Uid:
        """Raises NoSuchMailbox."""
        row = selectable_row(transaction.connection, self.mailbox)
        transaction.connection.execute(_CLAIM, (self.mailbox,))
        return Uid(row.first_recent)


def history_since(connection: sqlite3.Connection, mailbox: MailboxId) -> ModSeq:
    """Of all mailboxes alike. Raises NoSuchMailbox."""
    selectable_row(connection, mailbox)
    row: tuple[int] = connection.execute(_HISTORY).fetchone()
    return ModSeq(row[0])
