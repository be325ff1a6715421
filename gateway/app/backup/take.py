"""Taking a backup of a data folder, whether a gateway runs on it or not.

The queue is copied before the mailboxes, the mailboxes before the accounts: a message that moves on meanwhile is in the
backup twice rather than not at all, and the mail of every account is there that the accounts know.
"""

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.app.backup import inventory, manifest
from gateway.app.backup.copying import (
    copy,
    copy_database,
    digest,
    identity,
    link_or_copy,
    private_folder,
    sync_tree,
)
from gateway.app.backup.manifest import Manifest, Record
from gateway.app.backup.swap import alone, begin, commit, give_up, settle
from gateway.auth.authenticator import AccountId
from gateway.mail.units import Timestamp
from gateway.queue.opening import QUEUE
from gateway.store.embedded.holds import Holds
from gateway.store.embedded.paths import DATABASE as MAIL
from gateway.store.errors import StoreUnavailable

_SETTLED_NS: Final = 2_000_000_000
"""A file that changed within this time may change again without another date."""
_TRIES: Final = 10
"""For a shard of the queue whose large messages leave while they are copied."""
_NAMED: Final = {
    MAIL: "SELECT file FROM email WHERE file IS NOT NULL",
    "queue.db": "SELECT file FROM message WHERE file IS NOT NULL",
}
"""What names the files of large messages."""

_NOT_GONE: Final = (
    "DELETE FROM body WHERE email IN (SELECT id FROM email WHERE gone IS NOT NULL)",
    "DELETE FROM description WHERE email IN (SELECT id FROM email WHERE gone IS NOT NULL)",
    "DELETE FROM email WHERE gone IS NOT NULL",
)
"""What was expunged before the copy is nobody's in a backup, and its files may be on their way out."""

Tell = Callable[[int, int], None]
"""How many accounts and shards are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is saved: a data folder, and files of the configuration by their names in the backup."""

    data: Path
    config: Sequence[tuple[Path, str]]


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of it."""

    files: int
    copied: int
    """Files that were not in the backup before as they are now."""
    octets: int
    problems: Sequence[str]
    """What could not be saved, with why."""


def back_up(source: Source, target: Path, now: Timestamp, tell: Tell) -> Taken:
    """Into `target`, instead of the backup that is there. Raises OSError, Busy, BadManifest: then that one stays."""
    private_folder(target)
    with alone(target):
        settle(target)
        taking = _Taking(source, target, manifest.found(target), now)
        try:
            taking.run(tell)
            manifest.write(taking.next, now, source.data, taking.records.values())
            sync_tree(taking.next)
        except (OSError, sqlite3.Error):
            give_up(target)
            raise
        commit(target)
    sizes = sum(record.size for record in taking.records.values())
    return Taken(len(taking.records), taking.copied, sizes, taking.problems)


class _Taking:
    """One backup while it grows."""

    def __init__(self, source: Source, target: Path, old: Manifest | None, now: Timestamp) -> None:
        self.records: dict[str, Record] = {}
        self.copied = 0
        self.problems: list[str] = []
        self.next = begin(target)
        self._source = source
        self._target = target
        self._old = {} if old is None else old.files
        self._now = now
        self._holds = Holds(source.data)

    def run(self, tell: Tell) -> None:
        """Raises OSError where the target is in trouble."""
        units = sorted(inventory.units(self._source.data), key=lambda unit: unit.parent.name != QUEUE)
        try:
            for number, unit in enumerate(units):
                tell(number, len(units))
                with self._careful(unit):
                    self._unit(unit)
        finally:
            self._holds.close()
        rest = [(path, self._name(path)) for path in inventory.others(self._source.data)]
        for path, name in (*rest, *self._source.config):
            with self._careful(path):
                self._single(path, name)
        tell(len(units), len(units))

    @contextmanager
    def _careful(self, path: Path) -> Iterator[None]:
        """What is wrong with one file or account does not keep the others out of the backup."""
        try:
            yield
        except (OSError, sqlite3.Error, StoreUnavailable) as error:
            if _is_full(error):
                raise
            if path.exists():
                self.problems.append(f"{path}: {error}")

    def _name(self, path: Path) -> str:
        return f"data/{path.relative_to(self._source.data).as_posix()}"

    def _unit(self, unit: Path) -> None:
        """A database and its large messages."""
        database = next(unit / name for name in _NAMED if (unit / name).is_file())
        name, prefix = self._name(database), f"{self._name(unit)}/"
        source = identity(database)
        if self._is_same(name, source):
            for record in manifest.below(self._old, prefix):
                self._keep(record)
        elif database.name == MAIL:
            hold = self._holds.take(AccountId(int(unit.name)))
            self._database(database, source)
            self._bodies(unit, self._named(database))
            hold.release()
        else:
            self._shard(unit, database, source)

    def _shard(self, unit: Path, database: Path, source: tuple[int, ...]) -> None:
        """Large messages may leave at any time: those that are there come first, and what nothing names goes again."""
        for _ in range(_TRIES):
            self._bodies(unit, [path.name for path in (unit / inventory.BODIES).glob("*") if path.is_file()])
            self._database(database, source)
            named = self._named(database)
            with suppress(FileNotFoundError):
                self._bodies(unit, named)
                self._forget(f"{self._name(unit)}/{inventory.BODIES}/", named)
                return
        self.problems.append(f"{unit}: its large messages leave faster than they are copied: try again")

    def _database(self, database: Path, source: tuple[int, ...]) -> None:
        name = self._name(database)
        place = self._place(name)
        place.unlink(missing_ok=True)
        copy_database(database, place, _NOT_GONE if database.name == MAIL else ())
        self._record(name, source)

    def _named(self, database: Path) -> list[str]:
        """The files of large messages, as the copy has them."""
        with closing(sqlite3.connect(self.next / self._name(database))) as connection:
            return [name for (name,) in connection.execute(_NAMED[database.name])]

    def _bodies(self, unit: Path, names: Sequence[str]) -> None:
        """They never change: one that is in the old backup is the same. Raises FileNotFoundError."""
        for body in names:
            path = unit / inventory.BODIES / body
            name = self._name(path)
            if name in self.records:
                continue
            if name in self._old:
                self._keep(self._old[name])
            else:
                with suppress(FileExistsError):
                    link_or_copy(path, self._place(name))
                self._record(name, ())

    def _forget(self, prefix: str, named: Sequence[str]) -> None:
        wanted = {f"{prefix}{name}" for name in named}
        for record in list(manifest.below(self.records, prefix)):
            if record.path not in wanted:
                (self.next / record.path).unlink()
                del self.records[record.path]

    def _single(self, path: Path, name: str) -> None:
        source = identity(path)
        if self._is_same(name, source):
            self._keep(self._old[name])
        else:
            (copy_database if path.suffix == ".db" else copy)(path, self._place(name))
            self._record(name, source)

    def _is_same(self, name: str, source: tuple[int, ...]) -> bool:
        old = self._old.get(name)
        return old is not None and bool(source) and old.source == source

    def _keep(self, record: Record) -> None:
        """As it is in the old backup. One that somebody took out of it is copied anew the next time."""
        try:
            os.link(self._target / record.path, self._place(record.path))
        except FileNotFoundError as error:
            raise FileNotFoundError(f"{record.path} is missing in the old backup: take a new one elsewhere") from error
        except OSError:
            shutil.copyfile(self._target / record.path, self._place(record.path))
        self.records[record.path] = record

    def _place(self, name: str) -> Path:
        path = self.next / name
        private_folder(path.parent)
        return path

    def _record(self, name: str, source: tuple[int, ...]) -> None:
        """A file that changed a moment ago is not known by its date."""
        young = any(self._now * 1e9 - changed < _SETTLED_NS for changed in source[2::3])
        size, hashed = digest(self.next / name)
        self.records[name] = Record(name, size, hashed, () if young else source)
        self.copied += 1


def _is_full(error: Exception) -> bool:
    """Whether the backup itself cannot be written."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
    return getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE)
