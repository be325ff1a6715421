"""The views of one account's mailboxes in this worker, kept up to date from its feed while sessions use them."""

import asyncio
from collections.abc import Callable

from gateway.mailbox import updates
from gateway.mailbox.slices import LOOPED
from gateway.mailbox.tuning import Tuning
from gateway.mailbox.view import View
from gateway.store.actions import FlagsSet
from gateway.store.errors import StoreUnavailable
from gateway.store.model import Changes, MailboxId, ModSeq
from gateway.store.protocol.feed import Hints, HistoryLost
from gateway.store.protocol.store import Mail


class AccountViews:
    """For one event loop. Views change under its lock alone."""

    def __init__(self, mail: Mail, hints: Hints, tuning: Tuning) -> None:
        self.mail = mail
        self.views: dict[MailboxId, View] = {}
        self.users = 0
        self._hints = hints
        self._tuning = tuning
        self._at: ModSeq | None = None
        """All views show at least this state."""
        self._lock = asyncio.Lock()
        self._told = ModSeq(0)
        """The highest state that a hint named; others may come while views catch up with it."""
        self._unwatch: Callable[[], None] | None = None
        self._task: asyncio.Task[None] | None = None

    async def view(self, mailbox: MailboxId) -> View:
        """Loaded where it is not there. Raises NoSuchMailbox, StoreUnavailable."""
        async with self._lock:
            view = self.views.get(mailbox)
            if view is None:
                view = View(await self.mail.emails.entries(mailbox), self._tuning)
                self.views[mailbox] = view
                self._at = view.at if self._at is None else self._at
            return view

    async def reach(self, at: ModSeq) -> None:
        """See that the views show this state of the account, or a later one. Raises StoreUnavailable."""
        if self._at is None or self._at < at:
            async with self._lock:
                if self._at is not None and self._at < at:
                    await self._follow(self._at)

    async def refresh(self) -> None:
        """See that the views show what has been committed by now. Raises StoreUnavailable."""
        await self.reach(await self.mail.feed.at())

    async def show(self, done: FlagsSet) -> None:
        """See that the views show what this worker itself did: without reading where it is all that happened since the
        state that they show, and small enough to be shown at once. Raises StoreUnavailable."""
        simple = sum(len(uids.ranges) for _, uids in done.marks) <= LOOPED
        if done.changed and simple and not self._lock.locked() and self._at == done.at - 1:
            view = self.views.get(done.mailbox)
            if view is not None and view.at < done.at:
                updates.show_flags(view, done)
            self._reached(done.at)
        else:
            await self.reach(done.at)

    def enter(self) -> None:
        """One more uses it."""
        self.users += 1
        if self._unwatch is None:
            self._unwatch = self._hints.watch(self.mail.account, self._heard)

    def leave(self) -> None:
        """One uses it no more."""
        self.users -= 1
        if not self.users and self._unwatch is not None:
            self._unwatch()
            self._unwatch = None

    def drop(self, mailbox: MailboxId) -> None:
        """A view that nobody uses."""
        self.views.pop(mailbox, None)
        if not self.views:
            self._at = None

    def _heard(self, at: ModSeq) -> None:
        self._told = max(self._told, at)
        if self._behind and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._catch_up())

    @property
    def _behind(self) -> bool:
        return self._at is not None and self._at < self._told

    async def _catch_up(self) -> None:
        # Who looks next, or the next hint, tries again.
        try:
            while self._behind:
                told = self._told
                await self.reach(told)
                if told == self._told:
                    return
        except StoreUnavailable:
            return

    async def _follow(self, at: ModSeq) -> None:
        try:
            changes = await self.mail.feed.since(at)
            await self._apply(changes)
            while changes.more:
                changes = await self.mail.feed.since(changes.at)
                await self._apply(changes)
        except HistoryLost:
            await self._read_anew()

    async def _apply(self, changes: Changes) -> None:
        for view in tuple(self.views.values()):
            # Before its sessions are behind again.
            view.compact()
            await updates.apply(self.mail, view, changes.changes)
        self._reached(changes.at)

    def _reached(self, at: ModSeq) -> None:
        self._at = at
        for view in tuple(self.views.values()):
            view.reached(at)
        self._forget_gone()

    async def _read_anew(self) -> None:
        for view in tuple(self.views.values()):
            await updates.read_anew(self.mail, view)
        self._forget_gone()
        self._at = min((view.at for view in self.views.values()), default=None)

    def _forget_gone(self) -> None:
        for mailbox in [mailbox for mailbox, view in self.views.items() if view.gone]:
            for follower in tuple(self.views.pop(mailbox).followers):
                follower.noticed()
