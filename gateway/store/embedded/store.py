"""The embedded store: all accounts of a data folder, as one process has them."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from weakref import WeakValueDictionary

from typing_extensions import override

from gateway.auth.authenticator import AccountId
from gateway.mail.units import Timestamp
from gateway.storage.files import replace
from gateway.storage.spool import Spools
from gateway.store.config import MailboxConfig
from gateway.store.embedded.database.account_files import AccountFiles, Clock
from gateway.store.embedded.database.account_runner import AccountRunner
from gateway.store.embedded.database.reader import Reader
from gateway.store.embedded.database.writer import Committed, Writer
from gateway.store.embedded.hints import HostHints
from gateway.store.embedded.holds import Holds
from gateway.store.embedded.mail import EmbeddedMail
from gateway.store.embedded.paths import MAIL, accounts_in, folder_of
from gateway.store.embedded.sharing.shares import EmbeddedShares
from gateway.store.embedded.tidy.housekeeper import Housekeeper
from gateway.store.embedded.tidy.removal import record
from gateway.store.errors import StoreUnavailable
from gateway.store.protocol.emails import INLINE_LIMIT
from gateway.store.protocol.store import Hold, Store

PROBE: Final = "probe"
"""Written, in `DATA/mail/`, to see whether a message can be."""


class EmbeddedStore(Store):
    """Made by `open_store`; used on one event loop."""

    def __init__(self, files: AccountFiles, hints: HostHints, holds: Holds) -> None:
        self._files = files
        self._hints = hints
        self._holds = holds
        self._spools: WeakValueDictionary[AccountId, Spools] = WeakValueDictionary()
        self._shares = EmbeddedShares(files.data)
        self._reader = Reader(files)
        self._writer = Writer(files, hints)
        self._housekeeper = Housekeeper(files, holds, self._runner)

    @property
    @override
    def hints(self) -> HostHints:
        return self._hints

    @property
    @override
    def shares(self) -> EmbeddedShares:
        return self._shares

    @override
    def mail(self, account: AccountId) -> EmbeddedMail:
        self._refuse_removed(account)
        folder = folder_of(self._files.data, account)
        return EmbeddedMail(account, folder, self._runner(account), self._spools_of(account), self._shares)

    @override
    async def hold(self, account: AccountId) -> Hold:
        """Claimed first, then looked whether the account was removed: `gateway.store.embedded.tidy.removal`."""
        holds = self._holds
        hold = holds.take(account) if holds.ready else await asyncio.to_thread(holds.take, account)
        try:
            self._refuse_removed(account)
        except StoreUnavailable:
            hold.release()
            raise
        return hold

    @override
    async def remove(self, account: AccountId) -> None:
        await asyncio.to_thread(record, self._files.data, account)
        self._housekeeper.removed(account)
        await self._shares.forget(account)

    @override
    async def tidy(self, now: Timestamp) -> None:
        await self._housekeeper.tidy(now)

    @override
    async def accounts(self) -> Sequence[AccountId]:
        try:
            return await asyncio.to_thread(lambda: tuple(accounts_in(self._files.data)))
        except OSError as error:
            raise StoreUnavailable(f"the accounts cannot be listed: {error}") from error

    @override
    async def healthy(self) -> bool:
        try:
            await asyncio.to_thread(replace, self._files.data / MAIL / PROBE, bytes(INLINE_LIMIT))
        except OSError:
            return False
        return True

    def reconfigure(self, config: MailboxConfig) -> None:
        """Quotas, expiry and the like hold from now on; files that are open stay as they are."""
        self._files.config = config

    def watch(self, committed: Committed) -> None:
        """From now on, `committed` is told of each commit."""
        self._writer.committed = committed

    @override
    async def close(self) -> None:
        await self._writer.stop()
        await self._reader.stop()
        await asyncio.to_thread(self._files.close)
        self._shares.close()
        self._holds.close()
        self._hints.close()

    def _runner(self, account: AccountId) -> AccountRunner:
        return AccountRunner(account, self._reader, self._writer, self._files.config)

    def _spools_of(self, account: AccountId) -> Spools:
        """One for all who write large messages of the account in this process."""
        spools = self._spools.get(account)
        if spools is None:
            spools = self._spools[account] = Spools(folder_of(self._files.data, account).bodies, StoreUnavailable)
        return spools

    def _refuse_removed(self, account: AccountId) -> None:
        if folder_of(self._files.data, account).is_removed():
            raise StoreUnavailable(f"the account {account} was removed")


def open_store(
    data: Path, config: MailboxConfig, clock: Clock, hints: HostHints, holds: Holds | None = None
) -> EmbeddedStore:
    """Opens no file before it is used. Other threads ask the clock too. The store closes hints and holds."""
    return EmbeddedStore(AccountFiles(data, config, clock), hints, holds or Holds(data))
