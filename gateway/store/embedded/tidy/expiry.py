"""Messages that have been in their mailbox for too long: they are expunged, as if somebody had done it."""

import sqlite3
from dataclasses import dataclass
from typing import Final

from gateway.mail.units import Timestamp
from gateway.store.actions import Expunge, Which
from gateway.store.config import ExpireConfig
from gateway.store.embedded.database.transaction import Transaction
from gateway.store.embedded.emails.removing import expunge
from gateway.store.model import MailboxId, SpecialUse
from gateway.store.uids import UidSet

BATCH: Final = 1000
"""Messages of a transaction."""

_MAILBOXES = """SELECT id, special_use, expire_after FROM mailbox
    WHERE selectable AND messages > 0 AND (expire_after IS NOT NULL OR special_use IS NOT NULL)"""
_OLD = "SELECT uid FROM entry WHERE mailbox = ? AND saved < ? ORDER BY uid LIMIT ?"


@dataclass(frozen=True, slots=True)
class Expired:
    """Messages of a mailbox whose time is over."""

    mailbox: MailboxId
    uids: UidSet


def expired(connection: sqlite3.Connection, config: ExpireConfig, now: Timestamp) -> list[Expired]:
    """In each mailbox, the first of them. One that was saved in what is now the future stays."""
    defaults = {SpecialUse.JUNK.value: config.junk, SpecialUse.TRASH.value: config.trash}
    found = []
    for mailbox, use, own in connection.execute(_MAILBOXES).fetchall():
        after = defaults.get(use) if own is None else own
        if after is not None:
            rows = connection.execute(_OLD, (mailbox, now - after, BATCH)).fetchall()
            found.append(Expired(MailboxId(mailbox), UidSet.of(uid for (uid,) in rows)))
    return [one for one in found if one.uids]


@dataclass(frozen=True, slots=True)
class Expire:
    """The job. It looks again: a mailbox may have been deleted, or is to keep its messages now."""

    config: ExpireConfig
    now: Timestamp

    def __call__(self, transaction: Transaction) -> bool:
        """Whether there may be more."""
        found = expired(transaction.connection, self.config, self.now)
        for one in found:
            expunge(transaction, Expunge(one.mailbox, one.uids, Which.ALL))
        return any(len(one.uids) == BATCH for one in found)
