"""Putting a new backup in the place of the old one.

The new one grows in `.next`. Once it is whole and on disk it is renamed to `.whole`: from then on it is the backup. Its
parts then move to where people look for them, which is gone on with after a crash. One backup of a folder is taken at a
time (`.lock`).
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from gateway.app.backup.manifest import NAME
from gateway.storage.connection import open_lock
from gateway.storage.files import folder, sync_folder

PARTS: Final = ("data", "config", NAME)
_NEXT: Final = ".next"
_WHOLE: Final = ".whole"
_OLD: Final = ".old"


class Busy(Exception):
    """Somebody else takes a backup into the same folder."""


@contextmanager
def alone(target: Path) -> Iterator[None]:
    """One process at a time. Raises Busy, OSError."""
    lock = open_lock(target / ".lock")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Busy(f"another backup is being taken into {target}: wait for it") from None
    finally:
        os.close(lock)


def begin(target: Path) -> Path:
    """An empty folder for the next backup. What an earlier one left is thrown away. Raises OSError."""
    _clear(target / _NEXT)
    return folder(target / _NEXT)


def give_up(target: Path) -> None:
    """What has grown is in nobody's way."""
    shutil.rmtree(target / _NEXT, ignore_errors=True)


def commit(target: Path) -> None:
    """What has grown, and is on disk, is the backup now. Raises OSError."""
    (target / _NEXT).rename(target / _WHOLE)
    sync_folder(target)
    settle(target)


def settle(target: Path) -> None:
    """Go on with what a crash has interrupted. Without effect where there is nothing of the kind. Raises OSError."""
    whole, old = target / _WHOLE, target / _OLD
    if whole.is_dir():
        _clear(old)
        folder(old)
        for part in PARTS:
            _move(part, whole, target, old)
        sync_folder(target)
        whole.rmdir()
    _clear(old)


def _move(part: str, whole: Path, target: Path, old: Path) -> None:
    if not (whole / part).exists():
        return
    if (target / part).exists():
        (target / part).rename(old / part)
    (whole / part).rename(target / part)


def _clear(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
