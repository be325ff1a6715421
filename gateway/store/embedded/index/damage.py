"""An index that cannot be trusted any more. Whoever reads it reports that; the process that indexes makes it anew.

While the report is there, readers take nothing for indexed.
"""

import os
import sqlite3
from pathlib import Path
from typing import Final

from gateway.store.embedded.paths import AccountFolder


class Stale(Exception):
    """It speaks of messages that are others by now."""


SIGNS: Final = (sqlite3.Error, ValueError, LookupError, OverflowError, TypeError, Stale)
"""What comes of reading a damaged index; also what comes of other troubles (`is_damage`)."""
_PASSING: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
_TROUBLES: Final = (*_PASSING, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)


def is_damage(error: BaseException) -> bool:
    """Whether it tells of a damaged file, rather than of a full disk or a lock."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is None or code & 0xFF not in _TROUBLES


def reported(folder: AccountFolder) -> str:
    """What was reported; empty: nothing."""
    return "a search found it damaged" if _mark(folder).exists() else ""


def report(folder: AccountFolder) -> None:
    """Until it is made anew. Raises OSError."""
    os.close(os.open(_mark(folder), os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))


def forget(folder: AccountFolder) -> None:
    """It is gone. Raises OSError."""
    _mark(folder).unlink(missing_ok=True)


def _mark(folder: AccountFolder) -> Path:
    return folder.index.with_suffix(".damaged")
