"""Housekeeping: what goes, and what stays for whom."""

import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.auth.authenticator import AccountId
from gateway.mail.units import Seconds, Timestamp
from gateway.store.config import ExpireConfig, MailboxConfig
from gateway.store.embedded.database.account_files import AccountFiles
from gateway.store.embedded.database.account_runner import AccountRunner
from gateway.store.embedded.database.reader import Reader
from gateway.store.embedded.database.writer import Writer
from gateway.store.embedded.hints import HostHints
from gateway.store.embedded.holds import Holds
from gateway.store.embedded.paths import AccountFolder, folder_of
from gateway.store.embedded.tidy import gone, history, removal
from gateway.store.embedded.tidy.housekeeper import Housekeeper
from gateway.store.embedded.verify.account import verify_account
from gateway.store.errors import StoreUnavailable
from gateway.store.model import ChangeKind, ModSeq
from tests.unit.store.embedded.test_verify_account import FILLED, NOW

AL = AccountId(1)
DAY = 24 * 3600.0
CONFIG = MailboxConfig(expire=ExpireConfig(junk=Seconds(30 * DAY)))


class House:
    """A store's parts, as far as housekeeping needs them."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.holds = Holds(data)
        self.files = AccountFiles(data, CONFIG, lambda: NOW)
        self.hints = HostHints(data)
        self.reader, self.writer = Reader(self.files), Writer(self.files, self.hints)
        self.keeper = Housekeeper(self.files, self.holds, self.runner)

    def runner(self, account: AccountId) -> AccountRunner:
        return AccountRunner(account, self.reader, self.writer, CONFIG)

    @property
    def folder(self) -> AccountFolder:
        return folder_of(self.data, AL)

    async def make(self, account: AccountId = AL) -> None:
        await self.runner(account).read(lambda connection: connection.execute("SELECT 1").fetchone())

    def change(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.folder.database, isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.folder.database)) as connection:
            return connection.execute(sql).fetchall()

    async def close(self) -> None:
        await self.writer.stop()
        await self.reader.stop()
        self.files.close()
        self.holds.close()
        self.hints.close()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """With an account that has three messages, one of which is expunged."""
    made = House(tmp_path)
    await made.make()
    made.change(*FILLED, "UPDATE change SET at = 1800000000", "UPDATE entry SET saved = 1800000000")
    made.change("UPDATE delivered SET at = 1800000000")
    (made.folder.bodies / "large.eml").write_bytes(b"abcd")
    (made.folder.bodies / "large.eml").chmod(0o600)
    yield made
    await made.close()
    if made.folder.path.exists():
        assert verify_account(made.folder.path) == ()


def emails(house: House) -> list[object]:
    return [row[0] for row in house.ask("SELECT id FROM email ORDER BY id")]


async def test_what_was_expunged_and_nobody_claims_goes_with_its_octets(house: House) -> None:
    await house.keeper.tidy(NOW)
    assert emails(house) == [1, 2]
    assert house.ask("SELECT email FROM body") == [(1,)]
    assert (house.folder.bodies / "large.eml").exists()


async def test_what_a_session_can_name_stays_until_it_knows(house: House) -> None:
    hold = house.holds.take(AL, ModSeq(9))
    await house.keeper.tidy(NOW)
    assert emails(house) == [1, 2, 3]
    hold.seen(ModSeq(10))
    await house.keeper.tidy(NOW)
    assert emails(house) == [1, 2]


async def test_what_is_expunged_after_the_look_stays(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that begins between the look at the account and that at the claims."""
    statements = (
        "UPDATE email SET gone = 11 WHERE id = 1",
        "DELETE FROM entry WHERE uid = 1",
        "UPDATE mailbox SET messages = 1, unseen = 0, size = 4, modseq = 11 WHERE id = 1",
        "INSERT INTO change VALUES (11, 'expunged', 1, '1', x'0100000000000000', 1800000000)",
        "UPDATE account SET seq = 11",
    )
    horizon = house.holds.horizon

    def expunge_first(account: AccountId) -> ModSeq | None:
        found = horizon(account)
        house.change(*statements)
        return found

    monkeypatch.setattr(house.holds, "horizon", expunge_first)
    await house.keeper.tidy(NOW)
    assert emails(house) == [1, 2]
    monkeypatch.undo()
    await house.keeper.tidy(NOW)
    assert emails(house) == [2]


async def test_the_file_of_a_large_message_goes_after_its_row(house: House) -> None:
    house.change(
        "UPDATE email SET gone = 11 WHERE id = 2",
        "DELETE FROM entry WHERE uid = 3",
        "UPDATE mailbox SET messages = 1, deleted = 0, size = 3, modseq = 11 WHERE id = 1",
        "INSERT INTO change VALUES (11, 'expunged', 1, '3', x'0200000000000000', 1800000000)",
        "UPDATE account SET seq = 11",
    )
    await house.keeper.tidy(NOW)
    assert emails(house) == [1]
    assert list(house.folder.bodies.iterdir()) == []


async def test_many_go_in_pieces(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gone, "BATCH", 3)
    monkeypatch.setattr("gateway.store.embedded.tidy.housekeeper.PIECES", 2)
    with closing(sqlite3.connect(house.folder.database)) as connection:
        rows = [(number,) for number in range(100, 120)]
        sql = "INSERT INTO email (id, thread, size, received, created, gone) VALUES (?, 1, 1, 0, 7, 10)"
        connection.executemany(sql, rows)
        connection.executemany("INSERT INTO body VALUES (?, 'x')", rows)
        connection.commit()
    left: list[int] = []
    while len(emails(house)) > 2 and len(left) < 20:
        await house.keeper.tidy(NOW)
        left.append(len(emails(house)))
    assert left[0] == 17
    assert left[-1] == 2


async def test_conversations_that_have_no_message_are_forgotten(house: House) -> None:
    house.change("INSERT INTO thread_link VALUES (7, 1, 1), (8, 1, 3)")
    await house.keeper.tidy(NOW)
    assert house.ask("SELECT thread FROM thread_link") == [(1,)]


async def test_messages_expire_where_they_are_to(house: House) -> None:
    junk = house.ask("SELECT id FROM mailbox WHERE special_use = '\\Junk'")[0][0]
    house.change(
        f"UPDATE entry SET mailbox = {junk} WHERE uid = 1",
        f"UPDATE change SET mailbox = {junk}, uids = '1', emails = x'0100000000000000' WHERE seq = 7",
        "UPDATE mailbox SET messages = 1, unseen = 0, size = 4 WHERE id = 1",
        f"UPDATE mailbox SET messages = 1, unseen = 1, size = 3, uidnext = 2, modseq = 7 WHERE id = {junk}",
    )
    await house.keeper.tidy(Timestamp(NOW + 30 * DAY))
    assert house.ask(f"SELECT uid FROM entry WHERE mailbox = {junk}") == [(1,)]
    await house.keeper.tidy(Timestamp(NOW + 30 * DAY + 1))
    assert house.ask(f"SELECT uid FROM entry WHERE mailbox = {junk}") == []
    assert house.ask("SELECT kind, uids FROM change ORDER BY seq DESC LIMIT 1") == [("expunged", "1")]
    assert house.ask("SELECT count(*) FROM entry WHERE mailbox = 1") == [(1,)]
    house.change("UPDATE mailbox SET expire_after = 10 WHERE id = 1")
    await house.keeper.tidy(Timestamp(NOW + 11))
    assert house.ask("SELECT count(*) FROM entry") == [(0,)]


async def test_a_clock_that_goes_backwards_expires_nothing(house: House) -> None:
    house.change("UPDATE mailbox SET expire_after = 10 WHERE id = 1")
    await house.keeper.tidy(Timestamp(NOW - 365 * DAY))
    assert house.ask("SELECT count(*) FROM entry") == [(2,)]
    assert house.ask("SELECT since FROM account") == [(0,)]


async def test_old_history_and_old_tokens_are_forgotten(house: House) -> None:
    house.change("UPDATE change SET at = 1 WHERE seq < 9", "UPDATE delivered SET at = 1799000000")
    hold = house.holds.take(AL)
    await house.keeper.tidy(NOW)
    assert house.ask("SELECT seq FROM change ORDER BY seq") == [(9,), (10,)]
    assert house.ask("SELECT since FROM account") == [(8,)]
    assert house.ask("SELECT * FROM delivered") == []
    hold.release()


async def test_a_line_that_a_clock_dated_wrongly_does_not_keep_all_history(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.change("UPDATE change SET at = 1", "UPDATE change SET at = 1900000000 WHERE seq IN (1, 3)")
    monkeypatch.setattr(history, "BATCH", 4)
    await house.keeper.tidy(NOW)
    assert house.ask("SELECT * FROM change") == []
    assert house.ask("SELECT since FROM account") == [(10,)]


async def test_files_that_nothing_names_go_when_they_are_old(house: House) -> None:
    for name, age in (("old.eml", 2 * DAY), ("young.eml", 0.5 * DAY)):
        (house.folder.bodies / name).touch(mode=0o600)
        os.utime(house.folder.bodies / name, (NOW - age, NOW - age))
    os.utime(house.folder.bodies / "large.eml", (0, 0))
    await house.keeper.tidy(NOW)
    assert sorted(path.name for path in house.folder.bodies.iterdir()) == ["large.eml", "young.eml"]
    await house.keeper.tidy(Timestamp(NOW + DAY))
    assert sorted(path.name for path in house.folder.bodies.iterdir()) == ["large.eml"]


async def test_all_accounts_have_their_turn(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.store.embedded.tidy.rounds.ACCOUNTS", 2)
    for number in range(2, 8):
        await house.make(AccountId(number))
        with closing(sqlite3.connect(folder_of(house.data, AccountId(number)).database)) as connection:
            connection.execute("INSERT INTO email (thread, size, received, created, gone) VALUES (1, 1, 0, 1, 1)")
            connection.execute("INSERT INTO body VALUES (1, 'x')")
            connection.commit()
    for _ in range(4):
        await house.keeper.tidy(NOW)
    for number in range(2, 8):
        with closing(sqlite3.connect(folder_of(house.data, AccountId(number)).database)) as connection:
            assert connection.execute("SELECT count(*) FROM email").fetchone() == (0,)


async def test_an_account_in_trouble_keeps_nobody_from_their_turn(house: House) -> None:
    for number, octets in ((0, b"none" * 5000), (2, b"")):
        broken = folder_of(house.data, AccountId(number))
        broken.bodies.mkdir(parents=True)
        broken.database.write_bytes(octets)
    await house.keeper.tidy(NOW)
    assert emails(house) == [1, 2]


# Removal


async def test_a_removed_account_waits_for_its_sessions_and_never_comes_back(house: House) -> None:
    hold = house.holds.take(AL)
    removal.record(house.data, AL)
    removal.record(house.data, AL)
    with pytest.raises(StoreUnavailable, match="removed"):
        await house.runner(AL).write(lambda transaction: transaction.seq)
    await house.keeper.tidy(NOW)
    assert house.folder.database.exists()
    hold.release()
    await house.keeper.tidy(NOW)
    assert [path.name for path in house.folder.path.parent.iterdir()] == ["1.removed"]
    await house.keeper.tidy(NOW)
    with pytest.raises(StoreUnavailable):
        await house.make()
    assert not house.folder.path.exists()


async def test_what_was_begun_is_ended(house: House) -> None:
    removal.record(house.data, AL)
    house.folder.path.rename(house.folder.path.with_name("1.going"))
    await house.keeper.tidy(NOW)
    assert [path.name for path in house.folder.path.parent.iterdir()] == ["1.removed"]


async def test_without_the_mark_nothing_is_removed(house: House) -> None:
    going = house.folder.path.with_name("1.going")
    house.folder.path.rename(going)
    house.keeper.removed(AL)
    await house.keeper.tidy(NOW)
    assert (going / "mail.db").exists()
    going.rename(house.folder.path)


async def test_a_large_account_is_deleted_in_pieces(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "FILES", 5)
    for number in range(12):
        (house.folder.bodies / f"{number}.eml").touch()
    (house.folder.bodies / "link").symlink_to(house.data)
    removal.record(house.data, AL)
    left: list[int] = []
    going = house.folder.path.with_name("1.going")
    for _ in range(5):
        await house.keeper.tidy(NOW)
        left.append(sum(path.is_file() for path in going.rglob("*")))
    assert left[0] > left[1] > 0
    assert left[-1] == 0
    assert not going.exists()


async def test_an_account_that_never_had_mail(house: House) -> None:
    removal.record(house.data, AccountId(77))
    await house.keeper.tidy(NOW)
    with pytest.raises(StoreUnavailable):
        await house.make(AccountId(77))
    assert not folder_of(house.data, AccountId(77)).path.exists()


async def test_who_has_it_open_reads_nothing_any_more(house: House) -> None:
    await house.make()
    removal.record(house.data, AL)
    with pytest.raises(StoreUnavailable, match="removed"):
        await house.make()


async def test_history_that_nobody_could_read_does_not_fill_the_disk(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines count for no quota: who sets and clears a flag of a large mailbox makes them by the megabyte."""
    monkeypatch.setattr(history, "MOST_OCTETS", 100_000)
    await house.make()
    now = float(NOW)
    house.change(
        f"""WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 20)
        INSERT INTO change (seq, kind, mailbox, uids, emails, at)
        SELECT 1000 + value, '{ChangeKind.MAILBOX}', 1, '', zeroblob(16000), {now} FROM n""",
        "UPDATE account SET seq = 1020",
    )
    await house.keeper.tidy(NOW)
    [(left, first)] = house.ask("SELECT count(*), min(seq) FROM change")
    assert (left, first) == (6, 1015)
    assert house.ask("SELECT since FROM account") == [(1014,)]
