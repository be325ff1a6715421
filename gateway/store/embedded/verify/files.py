"""An account's files beside its database: large bodies, and who can read what."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from gateway.mail.units import Timestamp
from gateway.store.embedded.paths import AccountFolder
from gateway.store.embedded.verify.database import seen
from gateway.store.embedded.verify.fault import Fault, Repair

_NAMED = "SELECT id, file, size FROM email WHERE file IS NOT NULL"


def broken_bodies(
    folder: AccountFolder, connection: sqlite3.Connection, orphans_before: Timestamp | None
) -> Iterator[Fault]:
    """What is wrong with `bodies/`. While the gateway runs, young files may belong to mail that arrives."""
    found = dict(_files(folder.bodies))
    named: set[str] = set()
    for email, name, size in connection.execute(_NAMED):
        named.add(name)
        faults = list(_body(folder, email, name, size))
        if faults and (orphans_before is None or _is_there(folder, email)):
            yield from faults
    for name, changed in found.items():
        if name not in named and (orphans_before is None or changed < orphans_before):
            yield Fault(str(folder.bodies / name), "no message names this file", Repair.ORPHANS)


def _is_there(folder: AccountFolder, email: int) -> bool:
    """Whether the message is still there: it may have been expunged and removed since the snapshot."""
    with seen(folder.database) as connection:
        return connection.execute("SELECT 1 FROM email WHERE id = ?", (email,)).fetchone() is not None


def _files(bodies: Path) -> Iterator[tuple[str, float]]:
    with suppress(FileNotFoundError), os.scandir(bodies) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                yield entry.name, entry.stat(follow_symlinks=False).st_mtime


def _body(folder: AccountFolder, email: int, name: str, size: int) -> Iterator[Fault]:
    path = folder.bodies / name
    try:
        found = path.lstat()
    except OSError as error:
        yield Fault(str(path), f"message {email}: its octets cannot be read: {error.strerror}")
        return
    if not stat.S_ISREG(found.st_mode):
        yield Fault(str(path), f"message {email}: its octets are in no file")
    elif found.st_size != size:
        yield Fault(str(path), f"message {email}: {size} octets are wanted, it has {found.st_size}", Repair.SIZES)


def open_to_others(folder: Path) -> Iterator[Fault]:
    """Files and folders that others can read, or are no files at all."""
    yield from _open_to_others(folder)
    for path, folders, files in os.walk(folder):
        for name in (*folders, *files):
            with suppress(FileNotFoundError):
                yield from _open_to_others(Path(path) / name)


def _open_to_others(path: Path) -> Iterator[Fault]:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        yield Fault(str(path), "this is a link")
    elif stat.S_IMODE(mode) & 0o077:
        yield Fault(str(path), f"others have rights here: {stat.S_IMODE(mode):03o}", Repair.MODES)
