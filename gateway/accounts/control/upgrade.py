"""Moving `control.db` to this program's schema, while the gateway is stopped: its caller holds the queue's shards."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from gateway.accounts.control.files import DATABASE, READ_TIMEOUT, WRITE_TIMEOUT, trouble
from gateway.accounts.control.schema import MIGRATIONS
from gateway.storage.connection import connect
from gateway.storage.migration import Migration, SchemaTooNew, migrate, version_of


def refuse_newer(data: Path) -> None:
    """See that it was not written by a newer version of the program. Raises SchemaTooNew, AccountsUnavailable."""
    path, newest = data / DATABASE, MIGRATIONS[-1].version
    if not path.exists():
        return
    with trouble("read"), closing(connect(path, lock_timeout=READ_TIMEOUT)) as connection:
        version = version_of(connection)
    if version > newest:
        why = f"its schema has version {version}; this program knows versions up to {newest}: use a newer one"
        raise SchemaTooNew(f"{path}: {why}")


def upgrade_control(data: Path, migrations: Sequence[Migration] = MIGRATIONS) -> int | None:
    """Migrate it. Returns the version it had; None: there is none yet. Raises SchemaTooNew, AccountsUnavailable."""
    path = data / DATABASE
    if not path.exists():
        return None
    refuse_newer(data)
    with trouble("upgraded"), closing(connect(path, lock_timeout=WRITE_TIMEOUT)) as connection:
        return migrate(connection, migrations)
