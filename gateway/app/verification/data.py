"""Looks at a whole data folder, also while a gateway runs on it: what it reads of a database is of one moment."""

import os
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from gateway.accounts.activity.schema import MIGRATIONS as ACTIVITY
from gateway.accounts.activity.store import DATABASE as ACTIVITY_DB
from gateway.accounts.control.files import DATABASE as CONTROL_DB
from gateway.accounts.control.schema import MIGRATIONS as CONTROL
from gateway.app.verification import rules
from gateway.auth.authenticator import AccountId
from gateway.mail.units import Timestamp
from gateway.queue.connection import DATABASE as QUEUE_DB
from gateway.queue.opening import shard_numbers, shard_path
from gateway.queue.schema import MIGRATIONS as QUEUE
from gateway.storage.migration import Migration
from gateway.store.embedded.paths import DATABASE as MAIL_DB
from gateway.store.embedded.paths import MAIL, folder_of, folders_in, hundreds
from gateway.store.embedded.sharing.shares import DATABASE as SHARES_DB
from gateway.store.embedded.sharing.shares import MIGRATIONS as SHARES
from gateway.store.embedded.tidy.orphans import OLD
from gateway.store.embedded.verify.account import verify_account
from gateway.store.embedded.verify.database import broken_rules, checked, known, seen, whole
from gateway.store.embedded.verify.fault import Fault, Repair
from gateway.store.embedded.verify.rules import Rule

_LAST: Final = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'account'"
_LIVING: Final = "SELECT id FROM account"
_REMOVING: Final = "SELECT account FROM removal"


def verify_data(data: Path, now: Timestamp) -> Iterator[Fault]:
    """All that is wrong. Files that changed within the last day may belong to mail that arrives."""
    before = Timestamp(now - OLD)
    yield from verify_database(data / CONTROL_DB, CONTROL, rules.CONTROL)
    yield from verify_database(data / ACTIVITY_DB, ACTIVITY, rules.ACTIVITY)
    yield from verify_database(data / MAIL / SHARES_DB, SHARES, rules.SHARES)
    for number in shard_numbers(data):
        yield from _shard(shard_path(data, number), before)
    accounts = sorted(account for hundred in hundreds(data) for account in folders_in(hundred))
    for account in accounts:
        yield from verify_account(folder_of(data, account).path, orphans_before=before)
    yield from _strangers(data, accounts)
    yield from _open_to_others(data)


def verify_database(database: Path, migrations: Sequence[Migration], wanted: Sequence[Rule]) -> Iterator[Fault]:
    """Nothing, where it is not there."""
    if not database.exists():
        return
    try:
        with seen(database) as connection:
            yield from dict.fromkeys(_of_database(database, connection, migrations[-1].version, wanted))
    except sqlite3.Error as error:
        yield Fault(str(database), f"it cannot be read: {error}")


def _of_database(
    database: Path, connection: sqlite3.Connection, newest: int, wanted: Sequence[Rule]
) -> Iterator[Fault]:
    yield from checked(database, whole(database, connection))
    unknown = list(known(database, connection, newest))
    yield from unknown
    if not unknown:
        yield from broken_rules(database, connection, wanted)


def _shard(path: Path, before: Timestamp) -> Iterator[Fault]:
    database = path / QUEUE_DB
    yield from verify_database(database, QUEUE, rules.QUEUE)
    files = {entry.name: entry.stat().st_mtime for entry in _entries(path / "bodies")}
    try:
        with seen(database) as connection:
            sql = "SELECT id, file FROM message WHERE file IS NOT NULL"
            named = {file: message for message, file in connection.execute(sql)}
            yield from _lost(path, {file: message for file, message in named.items() if file not in files})
    except sqlite3.Error:
        return
    for name in sorted(files.keys() - named.keys()):
        if files[name] < before:
            yield Fault(str(path / "bodies" / name), "no message names this file", Repair.ORPHANS)


def _lost(path: Path, missing: dict[str, int]) -> Iterator[Fault]:
    """A running gateway may have delivered them since, or written them after the look at the folder."""
    if not missing:
        return
    with seen(path / QUEUE_DB) as connection:
        for name, message in missing.items():
            still = connection.execute("SELECT 1 FROM message WHERE id = ?", (message,)).fetchone()
            if still and not (path / "bodies" / name).exists():
                yield Fault(str(path / "bodies" / name), f"message {message}: its octets are lost")


def _entries(path: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            return [entry for entry in entries if entry.is_file(follow_symlinks=False)]
    except FileNotFoundError:
        return []


def _strangers(data: Path, accounts: Sequence[AccountId]) -> Iterator[Fault]:
    """Mail of nobody, and numbers that could be given out twice."""
    if not (data / CONTROL_DB).exists():
        return
    try:
        with seen(data / CONTROL_DB) as connection:
            last: int = connection.execute(_LAST).fetchone()[0]
            living = {number for (number,) in connection.execute(_LIVING)}
            removing = {number for (number,) in connection.execute(_REMOVING)}
    except sqlite3.Error:
        return
    for account in accounts:
        folder = folder_of(data, account)
        if account > last:
            what = f"mail of account {account}: the last number given out is {last}, another may get this one"
            yield Fault(str(folder.path), what, Repair.NUMBERS)
        elif account not in living and account not in removing and not folder.removed.exists():
            yield Fault(
                str(folder.path), f"mail of account {account}, which is not there; nothing says that it was removed"
            )
        if account in living and folder.removed.exists():
            yield Fault(str(folder.removed), f"account {account} is there, and its mail was removed")


def _open_to_others(data: Path) -> Iterator[Fault]:
    """Those of accounts are looked at with them."""
    for path, folders, files in os.walk(data):
        here = Path(path)
        folders[:] = [name for name in folders if not (here / name / MAIL_DB).is_file()]
        for name in (*folders, *files):
            with suppress(FileNotFoundError):
                mode = (here / name).lstat().st_mode
                if not stat.S_ISLNK(mode) and stat.S_IMODE(mode) & 0o077:
                    what = f"others have rights here: {stat.S_IMODE(mode):03o}"
                    yield Fault(str(here / name), what, Repair.MODES)
