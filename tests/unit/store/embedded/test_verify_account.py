"""Each thing that can be wrong with an account is found; nothing is found where nothing is wrong."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.mail.units import Timestamp
from gateway.store.config import MailboxConfig
from gateway.store.embedded import birth
from gateway.store.embedded.paths import AccountFolder
from gateway.store.embedded.verify.account import verify_account
from gateway.store.embedded.verify.repair import repair_account
from gateway.store.embedded.verify.rules import ALL

NOW = Timestamp(1_800_000_000.0)

FILLED = (
    "UPDATE account SET seq = 10",
    'INSERT INTO keyword_set VALUES (1, \'["a", "b"]\')',
    "INSERT INTO email (id, thread, size, received, created) VALUES (1, 1, 3, 0, 7), (2, 1, 4, 0, 8)",
    "INSERT INTO email (id, thread, size, received, created, gone) VALUES (3, 3, 5, 0, 7, 10)",
    "UPDATE email SET file = 'large.eml' WHERE id = 2",
    "INSERT INTO body VALUES (1, 'abc'), (3, 'abcde')",
    "INSERT INTO entry VALUES (1, 1, 1, 7, 0, 0), (1, 3, 2, 9, 41, 0)",
    "UPDATE mailbox SET messages = 2, unseen = 1, deleted = 1, size = 7, uidnext = 4, modseq = 10 WHERE id = 1",
    "INSERT INTO change VALUES (7, 'arrived', 1, '1:2', x'01000000000000000300000000000000', 0)",
    "INSERT INTO change VALUES (8, 'arrived', 1, '3', x'0200000000000000', 0)",
    "INSERT INTO change VALUES (9, 'flags', 1, '3', x'0200000000000000', 0)",
    "INSERT INTO change VALUES (10, 'expunged', 1, '2', x'0300000000000000', 0)",
    "INSERT INTO delivered VALUES ('t', 1, 1, x'0100000000000000', 7, 0)",
)


@pytest.fixture
def account(tmp_path: Path) -> AccountFolder:
    """With two messages in INBOX, one of them large, and one that was expunged."""
    folder = AccountFolder(tmp_path / "mail" / "001" / "1")
    birth.prepare(folder, MailboxConfig(), NOW)
    change(folder, *FILLED)
    large = folder.bodies / "large.eml"
    large.write_bytes(b"abcd")
    large.chmod(0o600)
    return folder


def change(folder: AccountFolder, *statements: str) -> None:
    with closing(sqlite3.connect(folder.database, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def found(folder: AccountFolder) -> list[str]:
    return [fault.what for fault in verify_account(folder.path)]


def test_nothing_is_wrong(account: AccountFolder) -> None:
    assert found(account) == []


def test_there_is_nothing(tmp_path: Path) -> None:
    assert verify_account(tmp_path / "9") == ()


WRONG = {
    "DELETE FROM account": "it has 0 accounts instead of one",
    "DELETE FROM mailbox WHERE name = 'INBOX'": "there is no INBOX",
    "UPDATE mailbox SET messages = 3 WHERE id = 1": "mailbox 1: counts 3 messages, 1 unseen",
    "UPDATE mailbox SET unseen = 3 WHERE id = 1": "3 unseen",
    "UPDATE mailbox SET deleted = 0 WHERE id = 1": "0 deleted",
    "UPDATE mailbox SET size = 8 WHERE id = 1": "8 octets",
    "UPDATE mailbox SET uidnext = 3 WHERE id = 1": "UIDNEXT is 3, and there is a message 3",
    "UPDATE mailbox SET first_recent = 9 WHERE id = 1": "recent from 9 on",
    "UPDATE mailbox SET changed = 99 WHERE id = 2": "changed at 99, and the account's state is 10",
    "UPDATE account SET uidvalidity = 7": "the last one given out is 7",
    "UPDATE mailbox SET uidvalidity = (SELECT min(uidvalidity) FROM mailbox)": "belongs to 6 mailboxes",
    "UPDATE mailbox SET parent = 3 WHERE id IN (2, 3)": "its parent 3 leads to no top",
    "UPDATE mailbox SET parent = 99 WHERE id = 2": "its parent 99 leads to no top",
    "UPDATE mailbox SET selectable = 0 WHERE id = 1": "only a name, and has 2 messages",
    "INSERT INTO acl VALUES (99, 'anyone', 'l')": "rights of a mailbox 99",
    "INSERT INTO annotation VALUES (99, 0, '/x', 'y')": "annotations of a mailbox 99",
    "UPDATE sqlite_sequence SET seq = 1 WHERE name = 'email'": "the last number given out is 1",
    "UPDATE sqlite_sequence SET seq = 1 WHERE name = 'mailbox'": "the last number given out is 1",
    "UPDATE entry SET mailbox = 99": "a mailbox 99 that is not there has 2 messages",
    "INSERT INTO description VALUES (9, x'', x'', '')": "there is a description of a message 9",
    "DELETE FROM email WHERE id = 1": "mailbox 1, UID 1: message 1 is lost",
    "UPDATE entry SET modseq = 11 WHERE uid = 1": "UID 1: changed at 11, and the mailbox at 10",
    "UPDATE entry SET uid = 0 WHERE uid = 1": "no UID: 0",
    "DELETE FROM keyword_set": "UID 3: a set of keywords 1 that is not there",
    'UPDATE keyword_set SET names = \'["b", "a"]\'': "the set of keywords 1 cannot be read",
    "UPDATE keyword_set SET names = '{'": "the set of keywords 1 cannot be read",
    "DELETE FROM entry WHERE uid = 1": "message 1 lies in no mailbox",
    "UPDATE email SET gone = 10 WHERE id = 1": "message 1 is in a mailbox, and was expunged at 10",
    "UPDATE email SET gone = 99 WHERE id = 3": "message 3: changed at 99",
    "DELETE FROM body WHERE email = 1": "message 1: its octets are lost",
    "INSERT INTO body VALUES (2, 'abcd')": "message 2 is in the database and in large.eml",
    "UPDATE body SET octets = 'ab' WHERE email = 1": "message 1: 3 octets are wanted, it has 2",
    "INSERT INTO body VALUES (9, 'abcd')": "octets of a message 9 that is not there",
    "UPDATE email SET file = 'large.eml' WHERE id = 1": "belongs to 2 messages",
    "UPDATE email SET file = NULL WHERE id = 2": "no message names this file",
    "UPDATE email SET file = 'other.eml' WHERE id = 2": "cannot be read: No such file",
    "UPDATE email SET size = 9 WHERE id = 2": "9 octets are wanted, it has 4",
    "UPDATE account SET since = 99": "history from 99 on, in state 10",
    "DELETE FROM change WHERE seq = 8": "the history has 9 of 10 lines",
    "INSERT INTO change VALUES (17, 'quota', NULL, '', '', 0)": "the history goes up to 17",
    "UPDATE change SET kind = 'quota' WHERE seq = 7": "UID 1: what changed at 7 is not in the history",
    "UPDATE change SET kind = 'other' WHERE seq = 7": "the history at 7 cannot be read",
    "UPDATE change SET uids = 'x' WHERE seq = 7": "the history at 7 cannot be read",
    "UPDATE change SET emails = x'00' WHERE seq = 7": "the history at 7 cannot be read",
    "UPDATE change SET uids = '2:3' WHERE seq = 7": "UID 1: what changed at 7 is not in the history",
    "UPDATE change SET uids = '1:2', emails = x'' WHERE seq = 10": "UID 1: it was expunged, and is there",
    "UPDATE delivered SET emails = x'00'": "the delivery t cannot be read",
    "PRAGMA user_version = 99": "its schema has version 99; this program knows",
    "PRAGMA user_version = 0": "run `gateway upgrade`",
}


@pytest.mark.parametrize("statement", WRONG)
def test_what_is_wrong_is_found(account: AccountFolder, statement: str) -> None:
    change(account, statement)
    assert [what for what in found(account) if WRONG[statement] in what]


BEYOND_REPAIR = (
    "DELETE FROM account",
    "UPDATE mailbox SET uidvalidity = (SELECT min(uidvalidity) FROM mailbox)",
    "UPDATE entry SET uid = 0 WHERE uid = 1",
    "DELETE FROM body WHERE email = 1",
    "INSERT INTO body VALUES (2, 'abcd')",
    "UPDATE email SET file = 'large.eml' WHERE id = 1",
    "UPDATE email SET file = NULL WHERE id = 2",
    "UPDATE email SET file = 'other.eml' WHERE id = 2",
    "PRAGMA user_version = 99",
    "PRAGMA user_version = 0",
)


@pytest.mark.parametrize("statement", [each for each in WRONG if each not in BEYOND_REPAIR])
def test_what_is_wrong_is_repaired_and_no_octets_are_lost(account: AccountFolder, statement: str) -> None:
    change(account, statement)
    octets = kept(account)
    faults = verify_account(account.path)
    repair_account(account, frozenset(fault.repair for fault in faults), NOW)
    assert found(account) == []
    assert kept(account) == octets


def kept(account: AccountFolder) -> list[bytes]:
    with closing(sqlite3.connect(account.database)) as connection:
        rows = [bytes(octets, "ascii") for (octets,) in connection.execute("SELECT octets FROM body ORDER BY email")]
    return [*rows, *(path.read_bytes() for path in account.bodies.iterdir())]


def test_messages_without_a_mailbox_are_found_in_recovered(account: AccountFolder) -> None:
    change(account, "DELETE FROM entry WHERE uid = 1", "INSERT INTO body VALUES (9, 'strayed')")
    for _ in range(2):
        faults = verify_account(account.path)
        repair_account(account, frozenset(fault.repair for fault in faults), NOW)
        change(account, "UPDATE entry SET mailbox = 99 WHERE mailbox = 1")
    with closing(sqlite3.connect(account.database)) as connection:
        sql = "SELECT email FROM entry JOIN mailbox ON mailbox.id = mailbox WHERE name = 'Recovered' ORDER BY uid"
        assert [email for (email,) in connection.execute(sql)] == [1, 9, 2]


def test_every_rule_is_broken_by_one_of_these() -> None:
    words = {rule.what.replace("{0}", "").split("{")[0].strip()[:12] for rule in ALL}
    assert len(words) <= len(WRONG)


def test_files_that_others_can_read_and_links(account: AccountFolder, tmp_path: Path) -> None:
    (account.bodies / "large.eml").chmod(0o640)
    (account.path / "link").symlink_to(tmp_path)
    account.bodies.chmod(0o755)
    assert sorted(found(account)) == ["others have rights here: 640", "others have rights here: 755", "this is a link"]


def test_young_files_may_belong_to_mail_that_arrives(account: AccountFolder) -> None:
    young = account.bodies / "young.eml"
    young.touch(mode=0o600)
    os.utime(young, (NOW, NOW))
    assert found(account) == ["no message names this file"]
    assert verify_account(account.path, orphans_before=Timestamp(NOW - 1)) == ()


@pytest.fixture
def large(account: AccountFolder) -> AccountFolder:
    """An account whose database has many pages."""
    with closing(sqlite3.connect(account.database)) as connection:
        emails = "INSERT INTO email (id, thread, size, received, created, gone) VALUES (?, 1, 2000, 0, 7, 10)"
        connection.executemany(emails, [(number,) for number in range(10, 300)])
        connection.executemany("INSERT INTO body VALUES (?, zeroblob(2000))", [(number,) for number in range(10, 300)])
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return account


def test_a_corrupted_page_is_named_and_the_rest_is_looked_at(large: AccountFolder) -> None:
    assert found(large) == []
    with closing(sqlite3.connect(large.database)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'body'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with large.database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(os.urandom(size))
    change(large, "UPDATE mailbox SET messages = 3 WHERE id = 1")
    faults = found(large)
    assert [what for what in faults if f"page {page}" in what.lower()]
    assert [what for what in faults if "counts 3 messages" in what]


def test_what_is_no_database(account: AccountFolder) -> None:
    account.database.write_bytes(os.urandom(50_000))
    assert [what for what in found(account) if "cannot be read" in what]
