"""Copies of files and databases, durable when they are made, for us alone."""

import hashlib
import os
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from gateway.mail.units import Seconds
from gateway.storage.connection import connect
from gateway.storage.files import folder

_CHUNK: Final = 1 << 20
_PATIENCE: Final = Seconds(30)
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MAKE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class NoFile(OSError):
    """It is a link, a socket or the like."""


def identity(path: Path) -> tuple[int, ...]:
    """Another after any change of a file, or of a database with its log. Raises OSError."""
    return (*_identity(path), *_identity(path.with_name(f"{path.name}-wal")))


def _identity(path: Path) -> tuple[int, ...]:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return ()
    return (status.st_ino, status.st_size, status.st_mtime_ns) if status.st_size else ()


def copy(source: Path, target: Path) -> None:
    """Raises OSError, NoFile; FileNotFoundError where the source has gone."""
    with _opened(source) as reading:
        writing = os.open(target, _MAKE, 0o600)
        try:
            while octets := os.read(reading, _CHUNK):
                _write_all(writing, octets)
            os.fsync(writing)
        finally:
            os.close(writing)


def link_or_copy(source: Path, target: Path) -> None:
    """For files that never change: the same file under two names, where the file system can. Raises as `copy` does."""
    with _opened(source):
        try:
            os.link(source, target, follow_symlinks=False)
        except FileNotFoundError:
            raise
        except OSError:
            copy(source, target)


def copy_database(source: Path, target: Path, trim: Sequence[str] = ()) -> None:
    """As it is at one moment, while others write to it; then `trim` changes the copy. Raises sqlite3.Error, OSError."""
    os.close(os.open(target, _MAKE, 0o600))
    with (
        closing(connect(source, "PRAGMA query_only = ON", lock_timeout=_PATIENCE)) as reading,
        closing(sqlite3.connect(target, isolation_level=None)) as writing,
    ):
        for statement in ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF"):
            writing.execute(statement)
        reading.backup(writing)
        for statement in ("PRAGMA journal_mode = DELETE", *trim):
            writing.execute(statement)
    sync(target)


def digest(path: Path) -> tuple[int, str]:
    """Size and SHA-256. Raises OSError."""
    size, hashed = 0, hashlib.sha256()
    with _opened(path) as reading:
        while octets := os.read(reading, _CHUNK):
            size += len(octets)
            hashed.update(octets)
    return size, hashed.hexdigest()


def sync(path: Path) -> None:
    """Make a file durable. Raises OSError."""
    with _opened(path) as descriptor:
        os.fsync(descriptor)


def sync_tree(path: Path) -> None:
    """Make all names in a folder durable. Raises OSError."""
    for _, _, _, descriptor in os.fwalk(path, follow_symlinks=False):
        os.fsync(descriptor)


def private_folder(path: Path) -> Path:
    """Made if it is missing, with the folders above it, all for us alone. Raises OSError."""
    if not path.is_dir():
        private_folder(path.parent)
        folder(path)
    return path


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, _READ)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NoFile(f"{path} is no file")
        yield descriptor
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, octets: bytes) -> None:
    view = memoryview(octets)
    while view:
        view = view[os.write(descriptor, view) :]
