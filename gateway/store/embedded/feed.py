"""What changed in an account, read from its lines of `change`."""

import sqlite3
from array import array
from dataclasses import dataclass

from typing_extensions import override

from gateway.store.embedded.database.runner import Runner
from gateway.store.embedded.emails.listing import state
from gateway.store.model import Change, ChangeKind, Changes, EmailId, MailboxId, ModSeq
from gateway.store.protocol.feed import Feed, HistoryLost
from gateway.store.uids import UidSet

_ACCOUNT = "SELECT seq, since FROM account"
_ALL = "SELECT seq, kind, mailbox, uids, emails FROM change WHERE seq > ? ORDER BY seq LIMIT ?"
_OF_MAILBOX = f"""SELECT seq, kind, mailbox, uids, emails FROM change WHERE seq > ? AND mailbox = ?
    AND kind IN ('{ChangeKind.ARRIVED}', '{ChangeKind.FLAGS}', '{ChangeKind.EXPUNGED}') ORDER BY seq LIMIT ?"""  # noqa: S608

Line = tuple[int, str, int | None, str, bytes]


class EmbeddedFeed(Feed):
    """Reads only; whoever changes something writes the line."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    @override
    async def at(self) -> ModSeq:
        return await self._runner.read(state)

    @override
    async def since(self, moment: ModSeq, *, mailbox: MailboxId | None = None, limit: int = 10_000) -> Changes:
        return await self._runner.read(ReadChanges(moment, mailbox, limit))


@dataclass(frozen=True, slots=True)
class ReadChanges:
    """The job."""

    moment: ModSeq
    mailbox: MailboxId | None
    limit: int

    def __call__(self, connection: sqlite3.Connection) -> Changes:
        """Raises HistoryLost, also for a moment that has not come yet: the account is not what the caller knew."""
        seq, since = connection.execute(_ACCOUNT).fetchone()
        if not since <= self.moment <= seq:
            raise HistoryLost
        lines = self._lines(connection)
        more = len(lines) > self.limit
        changes = tuple(map(_change, lines[: self.limit]))
        return Changes(changes, changes[-1].at if more else ModSeq(seq), more)

    def _lines(self, connection: sqlite3.Connection) -> list[Line]:
        if self.mailbox is None:
            return connection.execute(_ALL, (self.moment, self.limit + 1)).fetchall()
        return connection.execute(_OF_MAILBOX, (self.moment, self.mailbox, self.limit + 1)).fetchall()


def _change(line: Line) -> Change:
    seq, kind, mailbox, uids, emails = line
    ids = tuple(map(EmailId, array("q", emails)))
    return Change(
        ModSeq(seq), ChangeKind(kind), None if mailbox is None else MailboxId(mailbox), UidSet.parse(uids), ids
    )
