"""Access control lists as rows (RFC 4314). What applies to a viewer is added up; then what is taken away is taken."""

import re
import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.auth.authenticator import AccountId
from gateway.store.embedded.database.transaction import Transaction
from gateway.store.embedded.mailboxes.rows import selectable_row
from gateway.store.errors import NotPossible
from gateway.store.model import ChangeKind, MailboxId
from gateway.store.protocol.sharing import RIGHTS, Identifier

ANYONE: Final = "anyone"
MAX_IDENTIFIERS: Final = 1000
"""Of one mailbox."""

_IDENTIFIER: Final = re.compile(r"(-?)(?:anyone|account:([1-9][0-9]{0,17}))", re.ASCII)
_OF_ONE = "SELECT identifier, rights FROM acl WHERE mailbox = ? ORDER BY identifier"
_FOR_VIEWER = "SELECT mailbox, identifier, rights FROM acl WHERE identifier IN (?, ?, 'anyone', '-anyone')"
_PUT = """INSERT INTO acl VALUES (?, ?, ?) ON CONFLICT (mailbox, identifier) DO UPDATE SET rights = excluded.rights"""
_REMOVE = "DELETE FROM acl WHERE mailbox = ? AND identifier = ?"
_CHANGED = "UPDATE mailbox SET changed = ? WHERE id = ?"
_SELECTABLE = "SELECT id FROM mailbox WHERE selectable ORDER BY id"


def identifier_of(account: AccountId) -> Identifier:
    """Of an account by itself."""
    return Identifier(f"account:{account}")


def given_to(identifier: Identifier) -> AccountId | None:
    """The account that an identifier gives rights to; 0: everybody; None: it takes rights away.

    Raises NotPossible for what is no identifier.
    """
    found = _IDENTIFIER.fullmatch(identifier)
    if found is None:
        raise NotPossible(f"rights are set for {ANYONE} or account:ID, or taken from them with a - before it")
    return None if found[1] else AccountId(int(found[2] or 0))


def in_order(rights: str) -> str:
    """Each once, in the order of RFC 4314. Raises NotPossible where one is unknown."""
    if unknown := set(rights) - set(RIGHTS):
        raise NotPossible(f"{min(unknown)!r} is no right: there are {RIGHTS}")
    return "".join(right for right in RIGHTS if right in rights)


def effective(rights: Mapping[str, str], viewer: AccountId) -> str:
    """What a list gives to an account that is not the owner."""
    whom = ANYONE, identifier_of(viewer)
    given = "".join(rights.get(each, "") for each in whom)
    taken = "".join(rights.get(f"-{each}", "") for each in whom)
    return in_order("".join(set(given) - set(taken)))


def rights(connection: sqlite3.Connection, mailbox: MailboxId) -> Mapping[Identifier, str]:
    """As set. Raises NoSuchMailbox."""
    selectable_row(connection, mailbox)
    return dict(connection.execute(_OF_ONE, (mailbox,)))


def allowed(connection: sqlite3.Connection, viewer: AccountId) -> Mapping[MailboxId, str]:
    """Where a viewer may do anything, and what."""
    lists: defaultdict[MailboxId, dict[str, str]] = defaultdict(dict)
    who = identifier_of(viewer)
    for mailbox, identifier, given in connection.execute(_FOR_VIEWER, (who, f"-{who}")):
        lists[mailbox][identifier] = given
    return {mailbox: some for mailbox, one in sorted(lists.items()) if (some := effective(one, viewer))}


def owned(connection: sqlite3.Connection) -> Mapping[MailboxId, str]:
    """What the owner may do."""
    return {mailbox: RIGHTS for (mailbox,) in connection.execute(_SELECTABLE)}


@dataclass(frozen=True, slots=True)
class SetRights:
    """Instead of what the identifier had; none where they are empty."""

    mailbox: MailboxId
    identifier: Identifier
    rights: str

    def __call__(self, transaction: Transaction) -> None:
        """Raises NoSuchMailbox, NotPossible. Nobody is told where it is so already."""
        before = rights(transaction.connection, self.mailbox)
        if before.get(self.identifier, "") == self.rights:
            return
        if self.identifier not in before and len(before) >= MAX_IDENTIFIERS:
            raise NotPossible(f"a mailbox is shared with {MAX_IDENTIFIERS} identifiers at most: take some away")
        if self.rights:
            transaction.connection.execute(_PUT, (self.mailbox, self.identifier, self.rights))
        else:
            transaction.connection.execute(_REMOVE, (self.mailbox, self.identifier))
        at = transaction.change(ChangeKind.MAILBOX, self.mailbox)
        transaction.connection.execute(_CHANGED, (at, self.mailbox))
