"""A write transaction on an account's database: what jobs are given that change something."""

import sqlite3
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.mail.units import Timestamp
from gateway.store.config import MailboxConfig
from gateway.store.model import ChangeKind, MailboxId, ModSeq
from gateway.store.uids import UidSet


@dataclass(slots=True)
class Transaction:
    """Made by the writer for each batch of operations; each of several runs in a savepoint of its own.

    An operation that raises has changed nothing. What it dooms is removed after the commit, by the writer.
    """

    connection: sqlite3.Connection
    config: MailboxConfig
    now: Timestamp
    seq: int
    """The account's state: the number of its last change. Written back by the writer at the end."""
    alone: bool = False
    """It is for one operation, which needs no savepoint: that is rolled back with all of it."""
    adopted: list[str] = field(default_factory=list)
    """Files that rows name now."""
    doomed: list[str] = field(default_factory=list)
    """Files to remove once this is committed."""

    def change(
        self,
        kind: ChangeKind,
        mailbox: MailboxId | None = None,
        uids: UidSet | None = None,
        emails: Iterable[int] = (),
    ) -> ModSeq:
        """Write a line of the feed and return its moment, to be the modseq of what it concerns."""
        self.seq += 1
        row = self.seq, kind.value, mailbox, str(uids or ""), array("q", emails).tobytes(), self.now
        self.connection.execute("INSERT INTO change VALUES (?, ?, ?, ?, ?, ?)", row)
        return ModSeq(self.seq)
