"""`gateway verify`: what it says of a data folder, and what it puts right."""

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from gateway.auth.authenticator import AccountId
from gateway.store.embedded.paths import folder_of
from gateway.store.embedded.tidy.removal import record
from tests.support.commands import Commands
from tests.unit.app.test_backup import AL, gateway, opened, put

__all__ = ["gateway"]


def change(database: Path, *statements: str) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def wrong(gateway: Commands, *arguments: str) -> Sequence[str]:
    done = gateway.run("verify", *arguments)
    assert done.exit_code == 1
    assert f"faults in {gateway.data}" in done.stderr
    return [line.replace(f"{gateway.data}/", "") for line in done.stdout.splitlines()]


def test_nothing_is_wrong(gateway: Commands) -> None:
    assert gateway.ok("verify") == ""
    assert gateway.ok("verify", str(gateway.data)) == ""
    assert gateway.json("verify") == []


def test_there_is_nothing(tmp_path: Path) -> None:
    empty = Commands(tmp_path)
    assert empty.ok("verify") == ""


@pytest.mark.parametrize(
    ("database", "statement", "what"),
    [
        ("control.db", "DELETE FROM address WHERE position = 0", "has no primary address"),
        ("control.db", "UPDATE credential SET account = 99 WHERE id = 1", "there is no such account"),
        ("control.db", "DELETE FROM credential", "has no password of its own"),
        ("control.db", "INSERT INTO removal VALUES (1, 0)", "account 1 is there, and was removed"),
        ("control.db", "DELETE FROM installation", "0 installations instead of one"),
        ("control.db", "UPDATE sqlite_sequence SET seq = 0 WHERE name = 'account'", "the last number given out is 0"),
        ("control.db", "DELETE FROM account WHERE id = 2", "nothing says that it was removed"),
        ("control.db", "PRAGMA user_version = 99", "its schema has version 99"),
        ("queue/00/queue.db", "DELETE FROM message", "is lost, and is to be delivered"),
        ("queue/00/queue.db", "DELETE FROM delivery", "has nobody left to go to"),
        ("queue/00/queue.db", "UPDATE message SET file = NULL, body = NULL", "where its octets are is unclear"),
        ("queue/00/queue.db", "UPDATE message SET file = 'x' WHERE file IS NOT NULL", "its octets are lost"),
        ("queue/00/queue.db", "UPDATE delivery SET state = 9", "is in no state: 9"),
        ("queue/00/queue.db", "INSERT INTO attempt VALUES (1, 0, x'')", "attempts of a delivery 1"),
        ("mail/001/1/mail.db", "UPDATE mailbox SET messages = 9 WHERE id = 1", "counts 9 messages"),
    ],
)
def test_what_is_wrong_is_said(gateway: Commands, database: str, statement: str, what: str) -> None:
    change(gateway.data / database, statement)
    assert [line for line in wrong(gateway) if line.startswith(database.rpartition("/")[0]) and what in line]


def test_mail_that_was_removed_from_an_account_that_is_there(gateway: Commands) -> None:
    record(gateway.data, AL)
    assert [line for line in wrong(gateway) if "account 2 is there, and its mail was removed" in line]


def test_repairs_are_done_when_told_and_said(gateway: Commands) -> None:
    account = folder_of(gateway.data, AL)
    change(account.database, "UPDATE mailbox SET messages = 9 WHERE id = 1", "DELETE FROM entry WHERE uid = 1")
    (gateway.data / "control.db").chmod(0o644)
    before = wrong(gateway)
    assert [line for line in before if line.endswith("(--repair: close files to others)")]
    assert [line for line in before if line.endswith("the mailbox Recovered)")]
    said = gateway.ok("verify", "--repair")
    assert said.count("(done: ") == len(before)
    assert gateway.ok("verify") == ""


def test_numbers_that_an_older_control_database_would_give_out_again(gateway: Commands) -> None:
    async def more() -> None:
        store = opened(gateway.data)
        await put(store, AccountId(7), b"x")
        await store.close()

    asyncio.run(more())
    assert [line for line in wrong(gateway) if "another may get this one" in line]
    gateway.run("verify", "--repair")
    gateway.ok("account", "add", "new@home.example")
    assert max(account["id"] for account in gateway.json("account", "list")) == 8


def test_what_cannot_be_repaired_is_left_and_said(gateway: Commands) -> None:
    change(folder_of(gateway.data, AL).database, "DELETE FROM body")
    assert [line for line in wrong(gateway, "--repair") if line.endswith("its octets are lost")]


def test_a_running_gateway_is_not_repaired(gateway: Commands) -> None:
    change(folder_of(gateway.data, AL).database, "UPDATE mailbox SET messages = 9 WHERE id = 1")
    lock = os.open(gateway.data / "gateway.lock", os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    assert "a gateway runs on" in gateway.refused("verify", "--repair")
    os.close(lock)


def test_a_broken_page_is_named_and_the_rest_is_looked_at(gateway: Commands) -> None:
    change(gateway.data / "control.db", "PRAGMA wal_checkpoint(TRUNCATE)")
    with (gateway.data / "control.db").open("r+b") as file:
        file.seek(4096 * 3)
        file.write(os.urandom(4096))
    change(folder_of(gateway.data, AL).database, "UPDATE mailbox SET messages = 9 WHERE id = 1")
    lines = wrong(gateway)
    assert [line for line in lines if line.startswith("control.db: ") and "page 4" in line.lower()]
    assert [line for line in lines if "counts 9 messages" in line]
