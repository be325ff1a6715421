"""A connection to a shard's database."""

import sqlite3
from pathlib import Path

from gateway.mail.units import OctetCount, Seconds
from gateway.storage import connection as storage

DATABASE = "queue.db"
WRITE_LOCK = "write.lock"

_PRAGMAS = ("PRAGMA secure_delete = OFF", "PRAGMA cache_size = -16384")


def connect(shard: Path, *, lock_timeout: Seconds, max_size: OctetCount | None = None) -> sqlite3.Connection:
    """Open the database of a shard for one thread at a time. Raises sqlite3.Error."""
    connection = storage.connect(shard / DATABASE, *_PRAGMAS, lock_timeout=lock_timeout)
    if max_size is None:
        return connection
    try:
        page: tuple[int] = connection.execute("PRAGMA page_size").fetchone()
        connection.execute(f"PRAGMA max_page_count = {max(max_size // page[0], 1):d}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection
