"""Files of large bodies that no message names: left by a process that died while mail arrived, or that could not be
removed. One that is young may be named soon."""

import json
import os
import sqlite3
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.mail.units import Seconds, Timestamp
from gateway.store.embedded.database.transaction import Transaction

OLD: Final = Seconds(24 * 3600.0)
"""No message takes that long to arrive."""

_NAMED = "SELECT file FROM email WHERE file IS NOT NULL"
_NAMED_OF = "SELECT file FROM email WHERE file IN (SELECT value FROM json_each(?))"


def old_files(bodies: Path, now: Timestamp) -> frozenset[str]:
    """Names of files that were changed long ago. Ask before the rows are read. Raises OSError."""
    names = set()
    with suppress(FileNotFoundError), os.scandir(bodies) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                if entry.stat(follow_symlinks=False).st_mtime < now - OLD:
                    names.add(entry.name)
    return frozenset(names)


def orphans(connection: sqlite3.Connection, files: Collection[str]) -> frozenset[str]:
    """Those that no message names."""
    return frozenset(files).difference(name for (name,) in connection.execute(_NAMED)) if files else frozenset()


@dataclass(frozen=True, slots=True)
class RemoveOrphans:
    """The job. It looks again and removes them while nobody else can write: whoever is about to name one of them looks
    then whether it is still there."""

    bodies: Path
    files: frozenset[str]

    def __call__(self, transaction: Transaction) -> bool:
        """There is no more."""
        named = transaction.connection.execute(_NAMED_OF, (json.dumps(sorted(self.files)),))
        for name in self.files.difference(name for (name,) in named):
            with suppress(OSError):
                (self.bodies / name).unlink()
        return False
