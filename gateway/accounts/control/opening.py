"""Opening `control.db`: made where it is missing, given to the owner of the data folder, refused where it is too new.

Whoever writes makes the files; a worker that only reads finds them, or answers AccountsUnavailable until they are
there.
"""

import fcntl
import os
import secrets
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from gateway.accounts.control.directory import ControlDirectory
from gateway.accounts.control.files import DATABASE, WRITE_LOCK, WRITE_TIMEOUT, Reader, WriterFile, trouble
from gateway.accounts.control.registrar import ControlRegistrar
from gateway.accounts.control.schema import MIGRATIONS
from gateway.accounts.control.setup import Configured, Setup
from gateway.accounts.control.vault import ControlVault
from gateway.accounts.protocol import AccountsUnavailable
from gateway.storage.connection import connect
from gateway.storage.migration import SchemaTooNew, migrate, version_of

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def open_registrar(data: Path, setup: Setup) -> ControlRegistrar:
    """The writing side, for commands, pages and the first start.

    Raises SchemaTooNew, AccountsUnavailable (also where `gateway upgrade` is due).
    """
    prepare(data)
    with trouble("opened"):
        return ControlRegistrar(WriterFile(data), setup)


def open_directory(data: Path, configured: Configured) -> ControlDirectory:
    """The reading side, for a worker. Opens nothing before it is asked."""
    return ControlDirectory(Reader(data / DATABASE), configured)


def open_vault(data: Path) -> ControlVault:
    """The reading side of the passwords, for a worker. Opens nothing before it is asked."""
    return ControlVault(Reader(data / DATABASE))


def prepare(data: Path) -> None:
    """See that the database is there, with this program's schema, and belongs to the owner of the data folder.

    Raises SchemaTooNew, AccountsUnavailable (also where `gateway upgrade` is due).
    """
    with trouble("opened"):
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _is_ready(data):
            return
        with _alone(data):
            os.close(_own_file(data, DATABASE))
            with closing(connect(data / DATABASE, lock_timeout=WRITE_TIMEOUT)) as connection:
                _bring_to_schema(data, connection)


def _is_ready(data: Path) -> bool:
    """A link is not: SQLite would follow it, and change what is there."""
    if not all((data / name).is_file() and not (data / name).is_symlink() for name in (DATABASE, WRITE_LOCK)):
        return False
    with closing(connect(data / DATABASE, lock_timeout=WRITE_TIMEOUT)) as connection:
        if version_of(connection) != MIGRATIONS[-1].version:
            return False
        return connection.execute("SELECT 1 FROM installation").fetchone() is not None


def _bring_to_schema(data: Path, connection: sqlite3.Connection) -> None:
    version, newest = version_of(connection), MIGRATIONS[-1].version
    if 0 < version < newest:
        what = f"has the schema of version {version}, this program that of {newest}"
        raise AccountsUnavailable(f"{data / DATABASE} {what}: stop the gateway and run `gateway upgrade`")
    try:
        migrate(connection, MIGRATIONS)
    except SchemaTooNew as error:
        raise SchemaTooNew(f"{data / DATABASE}: {error}: use a newer one") from error
    connection.execute("INSERT OR IGNORE INTO installation (id, pepper) VALUES (1, ?)", (secrets.token_bytes(32),))


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """Two who make the database at once take turns."""
    lock = _own_file(data, WRITE_LOCK)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _own_file(data: Path, name: str) -> int:
    """Open a file, made where it is missing; what root makes is given to the owner of the folder.

    That owner can put anything there: links are not followed, and nothing but a file of root's own is given away.
    """
    folder = os.open(data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        file = os.open(name, _FLAGS, 0o600, dir_fd=folder)
        _hand_over(file, os.fstat(folder))
        os.fsync(folder)
    finally:
        os.close(folder)
    return file


def _hand_over(file: int, folder: os.stat_result) -> None:
    found = os.fstat(file)
    mine = stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and found.st_uid == os.geteuid()
    if mine and os.geteuid() == 0 and folder.st_uid != 0:
        os.fchown(file, folder.st_uid, folder.st_gid)
