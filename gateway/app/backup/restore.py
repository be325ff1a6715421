"""Putting a backup back: into a data folder in which nothing is, and on which no gateway runs.

The folder has a mark, `.restoring`, until all is there: a gateway does not start on it, and another `restore` begins
again.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.app.backup import manifest
from gateway.app.backup.check import spoiled
from gateway.app.backup.copying import copy, private_folder, sync_tree
from gateway.app.backup.manifest import Manifest
from gateway.app.backup.renewal import Renewed, hold_queue, renew_accounts
from gateway.app.backup.swap import settle
from gateway.mail.units import Timestamp
from gateway.storage.connection import open_lock
from gateway.storage.files import sync_folder
from gateway.store.embedded.verify.database import foreign, seen

MARK: Final = ".restoring"

Tell = Callable[[int, int], None]


class CannotRestore(Exception):
    """Nothing was put back; the message says why."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be put back where."""

    backup: Path
    data: Path
    exact: bool = False
    """With the UIDVALIDITY and the states that were saved: for a folder that no client has seen anything newer of."""
    release: bool = False
    """Mail in the queue is not held."""


def refuse_half(data: Path) -> None:
    """See that no restore was interrupted here. Raises CannotRestore."""
    if (data / MARK).exists():
        raise CannotRestore(f"{data} was put back from a backup in part: run `gateway restore` again")


def restore(wish: Wish, now: Timestamp, tell: Tell) -> Renewed:
    """Raises CannotRestore, BadManifest, OSError, sqlite3.Error, QueueUnavailable, WrongVersion."""
    if (wish.backup / ".whole").is_dir():
        settle(wish.backup)
    saved = manifest.read(wish.backup)
    faults = list(spoiled(wish.backup, saved)) or list(_foreign(wish.backup, saved))
    if faults:
        raise CannotRestore("\n".join((f"{wish.backup} is not whole:", *faults)))
    private_folder(wish.data)
    with _ours(wish.data):
        _copy(wish, saved, tell)
        accounts = 0 if wish.exact else renew_accounts(wish.data, now)
        held = 0 if wish.release else hold_queue(wish.data)
        sync_tree(wish.data)
        (wish.data / MARK).unlink()
        sync_folder(wish.data)
    return Renewed(accounts, held)


def _foreign(backup: Path, saved: Manifest) -> Iterator[str]:
    """Databases that would do something of their own. Raises sqlite3.Error."""
    for path in (backup / name for name in saved.files if name.startswith("data/") and name.endswith(".db")):
        with seen(path) as connection:
            yield from (
                f"{path}: it has {what}, which no version of this program makes" for what in foreign(connection)
            )


def _copy(wish: Wish, saved: Manifest, tell: Tell) -> None:
    files = [record.path for record in saved.files.values() if record.path.startswith("data/")]
    for number, name in enumerate(files):
        tell(number, len(files))
        target = wish.data / name.removeprefix("data/")
        private_folder(target.parent)
        copy(wish.backup / name, target)
    tell(len(files), len(files))


@contextmanager
def _ours(data: Path) -> Iterator[None]:
    """No gateway runs on it, and nothing is in it but what an interrupted restore has left. Raises CannotRestore."""
    lock = open_lock(data / "gateway.lock")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _empty(data)
        yield
    except BlockingIOError:
        raise CannotRestore(f"a gateway runs on {data}: stop it, or name another folder with --data") from None
    finally:
        os.close(lock)


def _empty(data: Path) -> None:
    left = [path for path in data.iterdir() if path.name != "gateway.lock"]
    if left and not (data / MARK).exists():
        raise CannotRestore(f"{data} is not empty: move what is in it away, or name another folder with --data")
    os.close(open_lock(data / MARK))
    sync_folder(data)
    for path in left:
        if path.name != MARK:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
