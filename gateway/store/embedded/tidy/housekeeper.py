"""Goes through all accounts and does what is due, a bounded piece at each call."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

from gateway.auth.authenticator import AccountId
from gateway.mail.units import Timestamp
from gateway.storage.migration import SchemaTooNew
from gateway.store.config import MailboxConfig
from gateway.store.embedded.database.account_files import AccountFiles
from gateway.store.embedded.database.runner import Runner
from gateway.store.embedded.database.transaction import Transaction
from gateway.store.embedded.holds import Holds
from gateway.store.embedded.paths import folder_of
from gateway.store.embedded.tidy.expiry import Expire
from gateway.store.embedded.tidy.gone import RemoveGone
from gateway.store.embedded.tidy.history import TOKENS, ForgetLines, ForgetTokens
from gateway.store.embedded.tidy.look import Due, look
from gateway.store.embedded.tidy.orphans import RemoveOrphans
from gateway.store.embedded.tidy.removal import carry_out
from gateway.store.embedded.tidy.rounds import Rounds
from gateway.store.errors import StoreUnavailable
from gateway.store.model import ModSeq

PIECES: Final = 20
"""Transactions for one account at a call."""

Job = Callable[[Transaction], bool]
"""Returns whether there may be more of it."""


class Housekeeper:
    """Of a store. Used on one event loop; what blocks is done by threads."""

    def __init__(self, files: AccountFiles, holds: Holds, runner: Callable[[AccountId], Runner]) -> None:
        self._files = files
        self._holds = holds
        self._runner = runner
        self._rounds = Rounds(files.data)

    def removed(self, account: AccountId) -> None:
        """Its mail is to go at the next call."""
        self._rounds.removed.add(account)

    async def tidy(self, now: Timestamp) -> None:
        """An account that is in trouble does not keep others from their turn."""
        for account in await asyncio.to_thread(self._rounds.next):
            try:
                await self._visit(account, now)
            except (StoreUnavailable, sqlite3.Error, OSError, SchemaTooNew):
                continue
        for account in sorted(self._rounds.removed):
            self._files.close(account)
            if await asyncio.to_thread(self._remove, account):
                self._rounds.removed.discard(account)

    async def _visit(self, account: AccountId, now: Timestamp) -> None:
        folder = folder_of(self._data, account)
        due = await asyncio.to_thread(look, folder, self._config, now)
        jobs = [] if due is None else await asyncio.to_thread(self._jobs, account, due, now)
        left = PIECES
        for job in jobs:
            while left and await self._runner(account).write(job, now):
                left -= 1
        if not left:
            self._rounds.again(account)

    def _jobs(self, account: AccountId, due: Due, now: Timestamp) -> list[Job]:
        """The claims are read after the state. Raises OSError."""
        jobs: list[Job] = []
        if due.expired:
            jobs.append(Expire(self._config.expire, now))
        until = self._until(account, due)
        if until is not None:
            jobs.append(RemoveGone(until))
        if due.old_lines:
            jobs.append(ForgetLines(Timestamp(now - self._config.history)))
        if due.old_tokens:
            jobs.append(ForgetTokens(Timestamp(now - TOKENS)))
        if due.orphans:
            jobs.append(RemoveOrphans(folder_of(self._data, account).bodies, due.orphans))
        return jobs

    def _until(self, account: AccountId, due: Due) -> ModSeq | None:
        """Up to where what was expunged is nobody's; None: there is nothing of the kind."""
        if due.first_gone is None:
            return None
        horizon = self._holds.horizon(account)
        until = due.at if horizon is None else min(due.at, horizon)
        return until if due.first_gone <= until else None

    def _remove(self, account: AccountId) -> bool:
        try:
            return carry_out(self._data, account, self._holds, self._config.lock_timeout)
        except OSError:
            return False

    @property
    def _data(self) -> Path:
        return self._files.data

    @property
    def _config(self) -> MailboxConfig:
        return self._files.config
