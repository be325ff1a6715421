"""Where an account's files are: `DATA/mail/NNN/ID/`, NNN the number's last three digits, so that no folder is huge."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from gateway.auth.authenticator import AccountId

MAIL: Final = "mail"
DATABASE: Final = "mail.db"


@dataclass(frozen=True, slots=True)
class AccountFolder:
    """The files of one account."""

    path: Path

    @property
    def database(self) -> Path:
        """All but large bodies and the index."""
        return self.path / DATABASE

    @property
    def lock(self) -> Path:
        """Held by whoever writes to the database."""
        return self.path / "write.lock"

    @property
    def bodies(self) -> Path:
        """Messages over INLINE_LIMIT, a file each."""
        return self.path / "bodies"

    @property
    def index(self) -> Path:
        """The full-text index: it can always be made anew."""
        return self.path / "index.db"

    @property
    def removed(self) -> Path:
        """Is there once the account was removed, for ever: nothing is written any more, and nothing made anew."""
        return self.path.with_name(f"{self.path.name}.removed")

    def is_removed(self) -> bool:
        """Whether `removed` is there: asked at each read and commit, hence without making a Path."""
        return os.access(f"{self.path}.removed", os.F_OK)


@lru_cache(4096)
def folder_of(data: Path, account: AccountId) -> AccountFolder:
    """The files of an account, whether they are there or not."""
    return AccountFolder(data / MAIL / f"{account % 1000:03d}" / str(account))


def hundreds(data: Path) -> list[Path]:
    """The folders `NNN`. Raises OSError."""
    mail = data / MAIL
    if not mail.is_dir():
        return []
    return sorted(path for path in mail.iterdir() if len(path.name) == 3 and path.name.isdecimal())


def folders_in(hundred: Path) -> list[AccountId]:
    """Accounts that have a folder in one of them, with or without a database. Raises OSError."""
    return sorted(AccountId(int(path.name)) for path in hundred.iterdir() if path.name.isdecimal())


def accounts_in(data: Path) -> Iterator[AccountId]:
    """Accounts that have a database. Raises OSError."""
    for hundred in hundreds(data):
        yield from (account for account in folders_in(hundred) if folder_of(data, account).database.exists())
