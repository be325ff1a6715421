"""Making mailboxes (RFC 9051 6.3.4). A new one has the ACL of its parent (RFC 4314 4), and a UIDVALIDITY that the
account never had."""

from dataclasses import dataclass
from typing import Final

from gateway.store.embedded.database.transaction import Transaction
from gateway.store.embedded.mailboxes.rows import MailboxRow, mailbox_of, path_of, walk
from gateway.store.embedded.quotas.limits import require
from gateway.store.errors import MailboxExists, NotPossible, Resource
from gateway.store.model import ChangeKind, Mailbox, MailboxId, SpecialUse
from gateway.store.names import Levels, name_of

_INSERT = """INSERT INTO mailbox (parent, name, uidvalidity, modseq, created, changed, special_use)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""
_NEXT_UIDVALIDITY = "UPDATE account SET uidvalidity = max(uidvalidity + 1, ?) RETURNING uidvalidity"
_INHERIT = "INSERT INTO acl SELECT ?, identifier, rights FROM acl WHERE mailbox = ?"
_CHILDREN = "SELECT id FROM mailbox WHERE parent = ? ORDER BY id"
_ADOPT = "UPDATE mailbox SET parent = ?, changed = ? WHERE id = ?"
_REMOVE = "DELETE FROM mailbox WHERE id = ?"
_USED_BY = "SELECT id FROM mailbox WHERE special_use = ?"

_LATEST: Final = 2**32 - 2**24
"""A clock that is later than this does not make UIDVALIDITY jump: there would be none left."""


@dataclass(frozen=True, slots=True)
class Create:
    """With the levels above it that are missing."""

    levels: Levels
    use: SpecialUse | None

    def __call__(self, transaction: Transaction) -> Mailbox:
        """Raises MailboxExists, OverQuota, NotPossible."""
        found = walk(transaction.connection, self.levels)
        if self.use is not None:
            require_free(transaction, self.use)
        if len(found) < len(self.levels):
            require(transaction, {Resource.MAILBOXES: len(self.levels) - len(found)})
            made = make(transaction, grow(transaction, self.levels[:-1]), self.levels[-1], self.use)
        elif found[-1].selectable:
            raise MailboxExists(f"{name_of(self.levels)}: there is a mailbox of this name")
        else:
            made = _revive(transaction, found[-1], self.use)
        return mailbox_of(transaction.connection, made)


def grow(transaction: Transaction, levels: Levels) -> MailboxId:
    """What is missing of a name; returns the last level, 0 where there are none. Raises OverQuota."""
    found = walk(transaction.connection, levels)
    require(transaction, {Resource.MAILBOXES: len(levels) - len(found)})
    parent = MailboxId(found[-1].id if found else 0)
    for level in levels[len(found) :]:
        parent = make(transaction, parent, level)
    return parent


def make(transaction: Transaction, parent: int, name: str, use: SpecialUse | None = None) -> MailboxId:
    """One mailbox, whatever the quota."""
    connection, at = transaction.connection, transaction.seq + 1
    row = parent, name, _uidvalidity(transaction), at, at, at, use
    made = MailboxId(connection.execute(_INSERT, row).lastrowid or 0)
    connection.execute(_INHERIT, (made, parent))
    transaction.change(ChangeKind.MAILBOX, made)
    return made


def require_free(transaction: Transaction, use: SpecialUse, mailbox: int | None = None) -> None:
    """See that no other mailbox is for this. Raises NotPossible."""
    row: tuple[int] | None = transaction.connection.execute(_USED_BY, (use,)).fetchone()
    if row is not None and row[0] != mailbox:
        raise NotPossible(f"{use} is {name_of(path_of(transaction.connection, row[0]))} already: take it from there")


def _revive(transaction: Transaction, ghost: MailboxRow, use: SpecialUse | None) -> MailboxId:
    """What was deleted does not come back (RFC 8474 4): a new mailbox takes over the name, and what is below it."""
    connection = transaction.connection
    connection.execute(_REMOVE, (ghost.id,))
    transaction.change(ChangeKind.MAILBOX_GONE, MailboxId(ghost.id))
    made = make(transaction, ghost.parent, ghost.name, use)
    for (child,) in connection.execute(_CHILDREN, (ghost.id,)).fetchall():
        connection.execute(_ADOPT, (made, transaction.change(ChangeKind.MAILBOX, child), child))
    return made


def _uidvalidity(transaction: Transaction) -> int:
    """Larger than all that were given out, also where the database was put back from a copy."""
    time = int(transaction.now)
    row: tuple[int] = transaction.connection.execute(_NEXT_UIDVALIDITY, (time if time < _LATEST else 1,)).fetchone()
    return row[0]
