"""Everything that has to hold for one account's files (docs/store.md)."""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from gateway.mail.units import Timestamp
from gateway.store.embedded.database.schema import MIGRATIONS
from gateway.store.embedded.paths import AccountFolder
from gateway.store.embedded.verify.database import broken_rules, checked, known, seen, whole
from gateway.store.embedded.verify.fault import Fault
from gateway.store.embedded.verify.files import broken_bodies, open_to_others
from gateway.store.embedded.verify.lines import broken_deliveries, broken_keywords, broken_lines
from gateway.store.embedded.verify.rules import ALL

_OF_LINES: Final = (broken_lines, broken_keywords, broken_deliveries)


def verify_account(folder: Path, *, orphans_before: Timestamp | None = None) -> Sequence[Fault]:
    """What is wrong with an account's files; nothing where there are none.

    `orphans_before`: files that were changed later may belong to mail that arrives now (while the gateway runs).
    """
    files = AccountFolder(folder)
    if not files.database.exists():
        return ()
    try:
        with seen(files.database) as connection:
            return tuple(dict.fromkeys(_faults(files, connection, orphans_before)))
    except sqlite3.Error as error:
        return (Fault(str(files.database), f"it cannot be read: {error}"),)


def _faults(files: AccountFolder, connection: sqlite3.Connection, orphans_before: Timestamp | None) -> Iterator[Fault]:
    database = files.database
    yield from checked(database, whole(database, connection))
    unknown = list(known(database, connection, MIGRATIONS[-1].version))
    yield from unknown
    if not unknown:
        yield from broken_rules(database, connection, ALL)
        for check in _OF_LINES:
            yield from checked(database, check(str(database), connection))
        yield from checked(database, broken_bodies(files, connection, orphans_before))
    yield from checked(database, open_to_others(files.path))
