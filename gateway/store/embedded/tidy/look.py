"""What is to be done for an account, found out beside all others who use it."""

import sqlite3
from dataclasses import dataclass

from gateway.mail.units import Timestamp
from gateway.storage.connection import snapshot
from gateway.store.config import MailboxConfig
from gateway.store.embedded.birth import is_born
from gateway.store.embedded.paths import AccountFolder
from gateway.store.embedded.tidy.expiry import expired
from gateway.store.embedded.tidy.gone import first_gone
from gateway.store.embedded.tidy.history import TOKENS, old_lines, old_tokens
from gateway.store.embedded.tidy.orphans import old_files, orphans
from gateway.store.model import ModSeq


@dataclass(frozen=True, slots=True)
class Due:
    """Of one moment."""

    at: ModSeq
    """The account's state. Who began to read after this has seen nothing of what was expunged before."""
    first_gone: ModSeq | None
    expired: bool
    old_lines: bool
    old_tokens: bool
    orphans: frozenset[str]


def look(folder: AccountFolder, config: MailboxConfig, now: Timestamp) -> Due | None:
    """None: there is no account, or it is not of this program's schema. Raises sqlite3.Error, OSError, SchemaTooNew."""
    if not folder.database.exists():
        return None
    files = old_files(folder.bodies, now)
    with snapshot(folder.database, lock_timeout=config.lock_timeout) as connection:
        return _due(connection, config, now, files) if is_born(connection) else None


def _due(connection: sqlite3.Connection, config: MailboxConfig, now: Timestamp, files: frozenset[str]) -> Due:
    row: tuple[int] = connection.execute("SELECT seq FROM account").fetchone()
    return Due(
        ModSeq(row[0]),
        first_gone(connection),
        bool(expired(connection, config.expire, now)),
        old_lines(connection, Timestamp(now - config.history)) is not None,
        old_tokens(connection, Timestamp(now - TOKENS)),
        orphans(connection, files),
    )
