"""The embedded store: all accounts of a data folder, as one process has them."""

from pathlib import Path
from weakref import WeakValueDictionary

from gateway.auth.authenticator import AccountId
from gateway.storage.spool import Spools
from gateway.store.config import MailboxConfig
from gateway.store.embedded.account_files import AccountFiles, Clock
from gateway.store.embedded.account_runner import AccountRunner
from gateway.store.embedded.mail import EmbeddedMail
from gateway.store.embedded.paths import folder_of
from gateway.store.embedded.reader import Reader
from gateway.store.embedded.writer import Writer
from gateway.store.errors import StoreUnavailable
from gateway.store.protocol.feed import Hints


class EmbeddedStore:
    """Made by `open_store`; used on one event loop."""

    def __init__(self, files: AccountFiles, hints: Hints) -> None:
        self._files = files
        self._hints = hints
        self._spools: WeakValueDictionary[AccountId, Spools] = WeakValueDictionary()
        self._reader = Reader(files)
        self._writer = Writer(files, hints)

    @property
    def hints(self) -> Hints:
        """Who has changed."""
        return self._hints

    def mail(self, account: AccountId) -> EmbeddedMail:
        """An account's mail. Raises StoreUnavailable where it was removed."""
        folder = folder_of(self._files.data, account)
        if folder.removed.exists():
            raise StoreUnavailable(f"the account {account} was removed")
        runner = AccountRunner(account, self._reader, self._writer)
        return EmbeddedMail(account, runner, self.spools(account), self._files.config)

    def spools(self, account: AccountId) -> Spools:
        """The large messages that arrive for an account in this process: one for all who ask."""
        spools = self._spools.get(account)
        if spools is None:
            spools = self._spools[account] = Spools(folder_of(self._files.data, account).bodies, StoreUnavailable)
        return spools

    async def close(self) -> None:
        """Finish what was begun."""
        await self._writer.stop()
        await self._reader.stop()
        self._files.close()


def open_store(data: Path, config: MailboxConfig, clock: Clock, hints: Hints) -> EmbeddedStore:
    """Opens no file before it is used. `clock` is also asked by other threads."""
    return EmbeddedStore(AccountFiles(data, config, clock), hints)
