"""Removing an account: first a mark beside its folder, for ever; when no session holds the account, the folder gets
another name; then it is deleted. Each step can be repeated, and is never undone.

Who begins a session claims the account and then looks for the mark; who removes makes the mark and then looks for
claims: one of the two sees the other.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from gateway.auth.authenticator import AccountId
from gateway.mail.units import Seconds
from gateway.storage.connection import holding, open_lock
from gateway.storage.files import sync_folder
from gateway.store.embedded.holds import Holds
from gateway.store.embedded.paths import AccountFolder, folder_of
from gateway.store.errors import StoreUnavailable

FILES: Final = 2000
"""Deleted at once."""

_GOING: Final = ".going"
_REMOVED: Final = ".removed"


def record(data: Path, account: AccountId) -> None:
    """Nothing is written for the account any more, and its mail will go. Durable. Raises StoreUnavailable."""
    mark = folder_of(data, account).removed
    try:
        _make_folders(mark.parent)
        os.close(open_lock(mark))
        sync_folder(mark.parent)
    except OSError as error:
        raise StoreUnavailable(f"the removal of the account {account} cannot be recorded: {error}") from error


def removed_with_mail(hundred: Path) -> Iterator[AccountId]:
    """Of one folder of accounts (`DATA/mail/NNN`), those that were removed and have files still. Raises OSError."""
    with os.scandir(hundred) as entries:
        names = {entry.name for entry in entries}
    for name in sorted(names):
        number = name.removesuffix(_REMOVED)
        if name.endswith(_REMOVED) and number.isdecimal() and names & {number, f"{number}{_GOING}"}:
            yield AccountId(int(number))


def carry_out(data: Path, account: AccountId, holds: Holds, lock_timeout: Seconds) -> bool:
    """A piece of the work. True: nothing is left. Does nothing without the mark. Raises OSError."""
    folder = folder_of(data, account)
    if not folder.removed.exists() or holds.horizon(account) is not None:
        return False
    going = folder.path.with_name(f"{folder.path.name}{_GOING}")
    if not going.exists() and folder.path.exists():
        _rename(folder, going, lock_timeout)
    return _delete(going)


def _rename(folder: AccountFolder, going: Path, lock_timeout: Seconds) -> None:
    """Who is writing finishes first; who comes later finds the mark."""
    lock = open_lock(folder.lock)
    try:
        with holding(lock, lock_timeout):
            folder.path.rename(going)
            sync_folder(going.parent)
    finally:
        os.close(lock)


def _delete(folder: Path) -> bool:
    left = FILES
    for path, folders, files in os.walk(folder, topdown=False):
        for name in files:
            if left == 0:
                return False
            (Path(path) / name).unlink()
            left -= 1
        for name in folders:
            _remove_folder(Path(path) / name)
    with suppress(FileNotFoundError):
        folder.rmdir()
        sync_folder(folder.parent)
    return True


def _remove_folder(path: Path) -> None:
    """A link to a folder is a name in it."""
    if path.is_symlink():
        path.unlink()
    else:
        path.rmdir()


def _make_folders(hundred: Path) -> None:
    mail = hundred.parent
    for path in (mail, hundred):
        if not path.is_dir():
            path.mkdir(mode=0o700, exist_ok=True)
            sync_folder(path.parent)
