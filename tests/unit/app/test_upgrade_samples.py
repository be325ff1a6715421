"""Every schema that a database ever had is moved to this program's.

`tests/samples/schemas/NAME-VERSION.sql` was written when the version was new; whoever makes another version adds its
sample.
"""

import sqlite3
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from gateway.accounts.activity.schema import MIGRATIONS as ACTIVITY
from gateway.accounts.control.schema import MIGRATIONS as CONTROL
from gateway.queue.schema import MIGRATIONS as QUEUE
from gateway.storage.migration import Migration, migrate, version_of
from gateway.store.embedded.database.schema import MIGRATIONS as ACCOUNT
from gateway.store.embedded.sharing.shares import MIGRATIONS as SHARES
from tests.support.commands import Commands

SAMPLES: Final = Path(__file__).parents[2] / "samples" / "schemas"
KINDS: Final[Mapping[str, tuple[str, Sequence[Migration]]]] = {
    "control": ("control.db", CONTROL),
    "activity": ("activity.db", ACTIVITY),
    "queue": ("queue/00/queue.db", QUEUE),
    "mail": ("mail/001/1/mail.db", ACCOUNT),
    "shares": ("mail/shares.db", SHARES),
}
ROWS: Final = {"control": "account", "activity": "login", "queue": "delivery", "mail": "entry", "shares": "share"}
ALL: Final = [(kind, one.version) for kind, (_, migrations) in KINDS.items() for one in migrations]


def put(data: Path, kind: str, version: int) -> Path:
    """A sample in its place."""
    path = data / KINDS[kind][0]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript((SAMPLES / f"{kind}-{version}.sql").read_text())
        assert version_of(connection) == version
    path.chmod(0o600)
    return path


def shape(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    sql = "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"
    return [(name, " ".join(text.split())) for _, name, text in connection.execute(sql)]


@pytest.mark.parametrize(("kind", "version"), ALL)
def test_an_old_database_is_moved_to_the_newest_schema(tmp_path: Path, kind: str, version: int) -> None:
    gateway = Commands(tmp_path)
    path = put(gateway.data, kind, version)
    newest = KINDS[kind][1][-1].version
    said = gateway.ok("upgrade")
    assert (f"moved from version {version}" in said) == (version < newest)
    with closing(sqlite3.connect(path)) as connection, closing(sqlite3.connect(":memory:")) as fresh:
        fresh.isolation_level = None
        migrate(fresh, KINDS[kind][1])
        assert version_of(connection) == newest
        assert shape(connection) == shape(fresh)
        assert connection.execute(f"SELECT count(*) FROM {ROWS[kind]}").fetchone()[0] > 0
    gateway.ok("upgrade")


def test_a_whole_data_folder_of_the_first_versions(tmp_path: Path) -> None:
    gateway = Commands(tmp_path)
    for kind in KINDS:
        put(gateway.data, kind, 1)
    gateway.data.chmod(0o700)
    (gateway.data / "mail/001/1/bodies").mkdir(mode=0o700)
    for path in gateway.data.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    gateway.ok("upgrade")
    assert gateway.ok("verify") == ""
    assert len(gateway.json("account", "list")) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_one_of_a_newer_version_is_refused(tmp_path: Path, kind: str, free: int) -> None:
    listener = {"name": "submission", "protocol": "submission", "bind": f"127.0.0.1:{free}"}
    gateway = Commands(tmp_path, listeners=[listener])
    path = put(gateway.data, kind, 1)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA user_version = 99")
    said = gateway.refused("upgrade")
    assert f"{path}: its schema has version 99; this program knows versions up to" in said
    serve = [sys.executable, "-m", "gateway", "serve", "--config", str(gateway.file)]
    done = subprocess.run(serve, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert f"{path}: its schema has version 99" in done.stderr
