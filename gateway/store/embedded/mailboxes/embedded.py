"""An account's mailboxes by name (RFC 9051 6.3, RFC 6154, RFC 8621 2)."""

import sqlite3
from collections.abc import Sequence

from typing_extensions import override

from gateway.store.embedded.database.runner import Runner
from gateway.store.embedded.mailboxes.creation import Create
from gateway.store.embedded.mailboxes.deletion import Delete
from gateway.store.embedded.mailboxes.renaming import Rename
from gateway.store.embedded.mailboxes.rows import (
    MailboxRow,
    all_mailboxes,
    as_mailbox,
    selectable_row,
    subscribed_names,
    walk,
)
from gateway.store.embedded.mailboxes.subscriptions import Subscribe, Unsubscribe
from gateway.store.embedded.mailboxes.traits import ClaimRecent, SetTraits, history_since
from gateway.store.errors import NoSuchMailbox, NotPossible
from gateway.store.model import Mailbox, MailboxId, ModSeq, SpecialUse, Uid
from gateway.store.names import Levels, levels_of, name_of
from gateway.store.protocol.mailboxes import Mailboxes, Trait


class EmbeddedMailboxes(Mailboxes):
    """In the account's database."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    @override
    async def all(self) -> Sequence[Mailbox]:
        return await self._runner.read(all_mailboxes)

    @override
    async def find(self, name: str) -> Mailbox:
        levels = _known(name)
        return await self._runner.read(lambda connection: _find(connection, levels))

    @override
    async def create(self, name: str, use: SpecialUse | None = None) -> Mailbox:
        return await self._runner.write(Create(levels_of(name), use))

    @override
    async def rename(self, mailbox: MailboxId, name: str) -> Mailbox:
        return await self._runner.write(Rename(mailbox, levels_of(name)))

    @override
    async def delete(self, mailbox: MailboxId, *, if_empty: bool = False) -> None:
        await self._runner.write(Delete(mailbox, if_empty))

    @override
    async def change(self, mailbox: MailboxId, *traits: Trait) -> Mailbox:
        return await self._runner.write(SetTraits(mailbox, traits))

    @override
    async def subscriptions(self) -> Sequence[str]:
        return await self._runner.read(subscribed_names)

    @override
    async def subscribe(self, name: str) -> None:
        await self._runner.write(Subscribe(levels_of(name)))

    @override
    async def unsubscribe(self, name: str) -> None:
        try:
            levels = levels_of(name)
        except NotPossible:
            return
        await self._runner.write(Unsubscribe(levels))

    @override
    async def claim_recent(self, mailbox: MailboxId) -> Uid:
        row = await self._runner.read(lambda connection: selectable_row(connection, mailbox))
        if row.first_recent == row.uidnext:
            return Uid(row.uidnext)
        return await self._runner.write(ClaimRecent(mailbox))

    @override
    async def history_since(self, mailbox: MailboxId) -> ModSeq:
        return await self._runner.read(lambda connection: history_since(connection, mailbox))


def _known(name: str) -> Levels:
    try:
        return levels_of(name)
    except NotPossible as error:
        raise NoSuchMailbox(str(error)) from error


def _find(connection: sqlite3.Connection, levels: Levels) -> Mailbox:
    found: Sequence[MailboxRow] = walk(connection, levels)
    if len(found) < len(levels) or not found[-1].selectable:
        raise NoSuchMailbox(f"{name_of(levels)}: there is no mailbox of this name")
    return as_mailbox(connection, found[-1])
