"""Which errors say that the disk, a file or a lock is at fault, rather than what was asked for."""

import sqlite3
from typing import Final

_PASSING: Final = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY)


def is_trouble(error: BaseException) -> bool:
    """Whether the disk, the file or a lock is at fault, rather than the operation."""
    return isinstance(error, sqlite3.OperationalError | OSError) or type(error) is sqlite3.DatabaseError


def is_passing(error: BaseException) -> bool:
    """Whether the connection is as good as before: the disk was full, or somebody else was writing."""
    return getattr(error, "sqlite_errorcode", None) in _PASSING
