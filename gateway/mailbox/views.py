"""The open mailboxes of a worker: views are shared, kept up to date while sessions use them, and for a while after.

Opening a mailbox that this worker has in memory costs the changes since; a view that nobody uses is let go when others
need the memory.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gateway.auth.authenticator import AccountId
from gateway.mailbox.account import AccountViews
from gateway.mailbox.session_view import SessionView
from gateway.mailbox.tuning import Tuning
from gateway.mailbox.view import View
from gateway.store.actions import FlagsSet
from gateway.store.errors import NoSuchMailbox
from gateway.store.model import MailboxId, ModSeq
from gateway.store.protocol.store import Store


@dataclass(frozen=True, slots=True)
class _Key:
    account: AccountId
    mailbox: MailboxId


class Views:
    """Of one worker, for its event loop."""

    def __init__(self, store: Store, tuning: Tuning | None = None) -> None:
        self._store = store
        self._tuning = tuning or Tuning()
        self._accounts: dict[AccountId, AccountViews] = {}
        self._users: dict[_Key, int] = {}
        self._idle: dict[_Key, View] = {}
        """Least recently used first."""

    async def open(self, account: AccountId, mailbox: MailboxId) -> SessionView:
        """A session's view, which shows all that was committed before. Close it.

        Raises NoSuchMailbox, StoreUnavailable.
        """
        hold = await self._store.hold(account)
        try:
            view = await self._take(account, mailbox)
        except BaseException:
            hold.release()
            raise
        return SessionView(view, hold, lambda: self._give_back(_Key(account, mailbox)))

    @asynccontextmanager
    async def reading(self, account: AccountId, mailbox: MailboxId) -> AsyncIterator[View]:
        """The shared view, up to date, for who needs no sequence numbers. Raises NoSuchMailbox, StoreUnavailable."""
        view = await self._take(account, mailbox)
        try:
            with view.pinned():
                yield view
        finally:
            self._give_back(_Key(account, mailbox))

    async def reach(self, account: AccountId, at: ModSeq) -> None:
        """See that an account's views show this state. Raises StoreUnavailable."""
        known = self._accounts.get(account)
        if known is not None:
            await known.reach(at)

    async def show(self, account: AccountId, done: FlagsSet) -> None:
        """See that an account's views show what this worker itself did, and all before. Raises StoreUnavailable."""
        known = self._accounts.get(account)
        if known is not None:
            await known.show(done)

    async def refresh(self, account: AccountId) -> None:
        """See that an account's views show what has been committed by now. Raises StoreUnavailable."""
        known = self._accounts.get(account)
        if known is not None:
            await known.refresh()

    async def look(self) -> None:
        """Refresh all that are in use, in case that hints were lost. Raises StoreUnavailable."""
        for account in [account for account, views in self._accounts.items() if views.users]:
            await self.refresh(account)

    @property
    def weight(self) -> int:
        """Octets of all views in memory, roughly."""
        return sum(view.weight for views in self._accounts.values() for view in views.views.values())

    async def _take(self, account: AccountId, mailbox: MailboxId) -> View:
        key = _Key(account, mailbox)
        views = self._accounts.get(account)
        if views is None:
            views = self._accounts[account] = AccountViews(self._store.mail(account), self._store.hints, self._tuning)
        self._enter(key, views)
        try:
            view = await views.view(mailbox)
            await views.refresh()
        except BaseException:
            self._give_back(key)
            raise
        if view.gone:
            self._give_back(key)
            raise NoSuchMailbox("the mailbox was deleted")
        return view

    def _enter(self, key: _Key, views: AccountViews) -> None:
        self._idle.pop(key, None)
        self._users[key] = self._users.get(key, 0) + 1
        views.enter()

    def _give_back(self, key: _Key) -> None:
        views = self._accounts[key.account]
        views.leave()
        self._users[key] -= 1
        if self._users[key]:
            return
        del self._users[key]
        view = views.views.get(key.mailbox)
        if view is not None:
            self._idle[key] = view
        self._let_go()
        self._forget(key.account)

    def _let_go(self) -> None:
        weight = sum(view.weight for view in self._idle.values())
        while weight > self._tuning.idle_octets:
            key = next(iter(self._idle))
            weight -= self._idle.pop(key).weight
            views = self._accounts.get(key.account)
            if views is not None:
                views.drop(key.mailbox)
                self._forget(key.account)

    def _forget(self, account: AccountId) -> None:
        views = self._accounts.get(account)
        if views is not None and not views.users and not views.views:
            del self._accounts[account]
