"""Files that a crash leaves whole: as they were, or as they are to be."""

import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.storage.connection import open_lock


def folder(path: Path) -> Path:
    """Made if it is missing, for us alone."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def give(descriptor: int, path: Path) -> None:
    """What root's commands make belongs to whom the folder `path` belongs. Raises OSError.

    That owner can put anything there: nothing is given away but what is root's own, under this name alone.
    """
    if os.geteuid() == 0:
        owner, found = path.lstat(), os.fstat(descriptor)
        alone = stat.S_ISDIR(found.st_mode) or (stat.S_ISREG(found.st_mode) and found.st_nlink == 1)
        if alone and found.st_uid == 0 and owner.st_uid != 0:
            os.fchown(descriptor, owner.st_uid, owner.st_gid)


def open_below(data: Path, folder: Path) -> int:
    """A descriptor of a folder in `data`. Links on the way are not followed; what is root's on it is given to the owner
    of `data`. Raises OSError.
    """
    found = os.open(data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in folder.relative_to(data).parts:
            inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=found)
            os.close(found)
            found = inner
            give(found, data)
    except OSError:
        os.close(found)
        raise
    return found


def replace(path: Path, content: bytes) -> None:
    """Write a file, readable for us alone, in place of what was there. Raises OSError; then nothing has changed."""
    descriptor, name = tempfile.mkstemp(dir=folder(path.parent), prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Nobody else is in here meanwhile; others wait."""
    folder(path.parent)
    descriptor = open_lock(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
