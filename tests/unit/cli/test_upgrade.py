"""`gateway upgrade`: the queue's shards and `control.db`."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.commands import Commands


@pytest.fixture
def gateway(tmp_path: Path) -> Commands:
    return Commands(tmp_path)


def test_nothing_is_stored_yet(gateway: Commands) -> None:
    assert gateway.ok("upgrade") == f"{gateway.data}: nothing is stored yet\n"


def test_accounts_are_at_this_version(gateway: Commands) -> None:
    gateway.ok("account", "add", "al@home.example")
    assert gateway.ok("upgrade") == f"{gateway.data / 'control.db'}: has version 2\n"
    assert len(gateway.json("account", "list")) == 1


def test_accounts_of_a_newer_version_are_refused(gateway: Commands) -> None:
    gateway.ok("account", "add", "al@home.example")
    with closing(sqlite3.connect(gateway.data / "control.db")) as connection:
        connection.execute("PRAGMA user_version = 99")
    assert "version 99" in gateway.refused("upgrade")
    assert "version 99" in gateway.refused("account", "list")
