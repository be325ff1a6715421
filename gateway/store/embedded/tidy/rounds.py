"""Whose turn it is: all accounts, one after the other, a number of them at each call."""

from collections import deque
from pathlib import Path
from typing import Final

from gateway.auth.authenticator import AccountId
from gateway.store.embedded.paths import folders_in, hundreds
from gateway.store.embedded.tidy.removal import removed_with_mail

ACCOUNTS: Final = 100
"""Visited at a call."""


class Rounds:
    """For one thread at a time."""

    def __init__(self, data: Path) -> None:
        self.removed: set[AccountId] = set()
        """Those that were found, or were put here, and whose files are still there."""
        self._data = data
        self._folders: deque[Path] = deque()
        self._accounts: deque[AccountId] = deque()

    def next(self) -> list[AccountId]:
        """The next ones; fewer where a round ends. Raises OSError."""
        if not self._accounts and not self._folders:
            self._folders.extend(hundreds(self._data))
        while len(self._accounts) < ACCOUNTS and self._folders:
            self._look_into(self._folders.popleft())
        return [self._accounts.popleft() for _ in range(min(ACCOUNTS, len(self._accounts)))]

    def again(self, account: AccountId) -> None:
        """It is first at the next call: not all was done."""
        self._accounts.appendleft(account)

    def _look_into(self, folder: Path) -> None:
        try:
            self.removed.update(removed_with_mail(folder))
            found = folders_in(folder)
        except FileNotFoundError:
            return
        self._accounts.extend(account for account in found if account not in self.removed)
