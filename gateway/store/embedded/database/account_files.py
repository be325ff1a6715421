"""The files that a process has open: those of the accounts that were used last."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.auth.authenticator import AccountId
from gateway.mail.units import Timestamp
from gateway.store.config import MailboxConfig
from gateway.store.embedded.database.account_file import AccountFile
from gateway.store.embedded.paths import folder_of

Clock = Callable[[], Timestamp]


class AccountFiles:
    """Used by any thread."""

    def __init__(self, data: Path, config: MailboxConfig, clock: Clock) -> None:
        self.data = data
        self.config = config
        self.clock = clock
        self._turn = threading.Lock()
        self._open: OrderedDict[AccountId, AccountFile] = OrderedDict()

    @contextmanager
    def use(self, account: AccountId) -> Iterator[AccountFile]:
        """They are not closed meanwhile."""
        file = self._take(account)
        try:
            yield file
        finally:
            for idle in self._give_back(file):
                idle.close()

    def close(self, account: AccountId | None = None) -> None:
        """Close what nobody uses: of one account, or of all."""
        with self._turn:
            wanted = tuple(self._open) if account is None else (account,)
            idle = [self._open.pop(each) for each in wanted if each in self._open and not self._open[each].users]
        for file in idle:
            file.close()

    def _take(self, account: AccountId) -> AccountFile:
        with self._turn:
            file = self._open.get(account)
            if file is None:
                file = self._open[account] = AccountFile(folder_of(self.data, account), self.config)
            self._open.move_to_end(account)
            file.config = self.config
            file.users += 1
            return file

    def _give_back(self, file: AccountFile) -> list[AccountFile]:
        """Returns what is to be closed."""
        with self._turn:
            file.users -= 1
            excess = len(self._open) - self.config.open_accounts
            if excess <= 0:
                return []
            victims = [account for account, each in self._open.items() if not each.users][:excess]
            return [self._open.pop(account) for account in victims]
