"""Backups: taken while mail moves, incremental, whole after trouble, put back with nothing old taken for new."""

import asyncio
import os
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from gateway.app.backup import manifest, swap
from gateway.auth.authenticator import AccountId
from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.mail.units import Timestamp
from gateway.queue.config import QueueConfig
from gateway.queue.shards import open_shard
from gateway.store.actions import Append, Expunge, Which
from gateway.store.config import MailboxConfig
from gateway.store.embedded.hints import HostHints
from gateway.store.embedded.paths import folder_of
from gateway.store.embedded.store import EmbeddedStore, open_store
from gateway.store.model import EmailId, Mailbox, NewEmail
from tests.contract.queue_support import new_mail
from tests.support.commands import Commands

NOW = Timestamp(1_800_000_000.0)
AL = AccountId(2)
LARGE = b"Subject: large\r\n\r\n" + b"x" * 100_000


@pytest.fixture
def gateway(tmp_path: Path) -> Commands:
    """With two accounts, each with a small message and a large one, and one of each in the queue."""
    made = Commands(tmp_path)
    before = os.umask(0o077)
    for name in ("admin", "al"):
        made.ok("account", "add", f"{name}@home.example", *(("--admin",) if name == "admin" else ()))
    asyncio.run(_fill(made.data))
    os.umask(before)
    return made


def opened(data: Path) -> EmbeddedStore:
    return open_store(data, MailboxConfig(), lambda: NOW, HostHints(data))


async def _fill(data: Path) -> None:
    store = opened(data)
    for account in (AccountId(1), AL):
        await put(store, account, b"Subject: small\r\n\r\nx")
        await put(store, account, LARGE)
    await store.close()
    queue = await open_shard(data, 0, QueueConfig(), NOW)
    await queue.enqueue(new_mail(queue), lease_for=set())
    spool = queue.spool()
    await spool.write(LARGE)
    await queue.enqueue(new_mail(queue, body=await spool.finish()), lease_for=set())
    await queue.close()


async def inbox(store: EmbeddedStore, account: AccountId) -> Mailbox:
    return await store.mail(account).mailboxes.find("INBOX")


async def put(store: EmbeddedStore, account: AccountId, octets: bytes) -> None:
    emails = store.mail(account).emails
    source: OctetSource = MemoryOctets(octets)
    if len(octets) > 65536:
        spool = emails.spool()
        await spool.write(octets)
        source = await spool.finish()
    await emails.carry_out([Append((await inbox(store, account)).id, (NewEmail(source, NOW),))], NOW)


async def messages(data: Path, account: AccountId) -> tuple[Mailbox, list[bytes]]:
    store = opened(data)
    mailbox = await inbox(store, account)
    entries = await store.mail(account).emails.entries(mailbox.id)
    found = await store.mail(account).emails.octets([EmailId(email) for email in entries.emails])
    octets = [source.read(0, len(source)) for source in found if source is not None]
    await store.close()
    return mailbox, octets


def backup(gateway: Commands, target: Path) -> str:
    return gateway.ok("backup", str(target))


def test_what_was_saved_comes_back(gateway: Commands, tmp_path: Path) -> None:
    backup(gateway, tmp_path / "b")
    assert gateway.ok("verify", str(tmp_path / "b")) == ""
    back = tmp_path / "back"
    said = gateway.ok("restore", str(tmp_path / "b"), "--data", str(back))
    assert "2 accounts have new UIDVALIDITY" in said
    assert "2 deliveries are held" in said
    assert gateway.ok("verify", str(back)) == ""
    for account in (AccountId(1), AL):
        before, octets = asyncio.run(messages(gateway.data, account))
        after, same = asyncio.run(messages(back, account))
        assert octets == same
        assert len(octets) == 2
        assert after.uidvalidity > before.uidvalidity
        assert after.highestmodseq > before.highestmodseq + 1_000_000
        assert after.uidnext == before.uidnext
    with closing(sqlite3.connect(back / "control.db")) as connection:
        assert connection.execute("SELECT count(*) FROM account").fetchone() == (2,)


def test_exactly_as_it_was(gateway: Commands, tmp_path: Path) -> None:
    backup(gateway, tmp_path / "b")
    gateway.ok("restore", str(tmp_path / "b"), "--data", str(tmp_path / "back"), "--exact", "--release")
    before, _ = asyncio.run(messages(gateway.data, AL))
    after, _ = asyncio.run(messages(tmp_path / "back", AL))
    assert before == after
    with closing(sqlite3.connect(tmp_path / "back/queue/00/queue.db")) as connection:
        assert connection.execute("SELECT count(*) FROM delivery WHERE state = 3").fetchone() == (0,)


def test_it_is_closed_to_others_and_has_the_configuration(gateway: Commands, tmp_path: Path) -> None:
    target = tmp_path / "b"
    backup(gateway, target)
    for path, folders, files in os.walk(target):
        for name in (*folders, *files):
            assert stat.S_IMODE((Path(path) / name).lstat().st_mode) & 0o077 == 0, name
    assert (target / "config" / "gateway.yaml").read_bytes() == gateway.file.read_bytes()
    assert sorted(path.name for path in (target / "data").iterdir()) == ["control.db", "mail", "queue"]
    assert not list(target.rglob("*/*.lock")) + list(target.rglob("*-wal"))


def test_the_second_copies_only_what_changed(gateway: Commands, tmp_path: Path) -> None:
    target = tmp_path / "b"
    backup(gateway, target)
    for path in (gateway.file, *gateway.data.rglob("*")):
        if path.is_file():
            os.utime(path, (1, 1))
    backup(gateway, target)
    assert "; 0 are new or changed" in backup(gateway, target)
    kept = (target / "data/mail/001/1/mail.db").stat().st_ino

    async def more() -> None:
        store = opened(gateway.data)
        await put(store, AL, LARGE)
        await store.close()

    asyncio.run(more())
    assert "; 2 are new or changed" in backup(gateway, target)
    assert (target / "data/mail/001/1/mail.db").stat().st_ino == kept
    assert gateway.ok("verify", str(target)) == ""
    gateway.ok("restore", str(target), "--data", str(tmp_path / "back"))
    assert len(asyncio.run(messages(tmp_path / "back", AL))[1]) == 3


async def test_while_mail_comes_and_goes(gateway: Commands, tmp_path: Path) -> None:
    store = opened(gateway.data)
    stop = asyncio.Event()

    async def stir() -> None:
        while not stop.is_set():
            await put(store, AL, LARGE)
            mailbox = await inbox(store, AL)
            await store.mail(AL).emails.carry_out([Expunge(mailbox.id, None, Which.ALL)], NOW)
            await store.tidy(NOW)

    stirring = asyncio.create_task(stir())
    for _ in range(5):
        await asyncio.to_thread(backup, gateway, tmp_path / "b")
        assert await asyncio.to_thread(gateway.ok, "verify", str(tmp_path / "b")) == ""
    stop.set()
    await stirring
    await store.close()


def test_what_is_spoiled_is_found_and_not_put_back(gateway: Commands, tmp_path: Path) -> None:
    target = tmp_path / "b"
    backup(gateway, target)
    (body,) = (target / "data/mail/002/2/bodies").iterdir()
    shutil.copyfile(body, tmp_path / "copy")
    body.unlink()
    body.write_bytes((tmp_path / "copy").read_bytes()[:-1] + b"y")
    body.chmod(0o600)
    done = gateway.run("verify", str(target))
    assert done.exit_code == 1
    assert "its SHA-256 is another" in done.stdout
    done = gateway.run("restore", str(target), "--data", str(tmp_path / "back"))
    assert done.exit_code == 1
    assert "is not whole" in done.stderr
    assert not (tmp_path / "back").exists()


def test_what_cannot_be_saved_is_said_and_the_rest_is_saved(gateway: Commands, tmp_path: Path) -> None:
    (body,) = folder_of(gateway.data, AccountId(1)).bodies.iterdir()
    body.unlink()
    done = gateway.run("backup", str(tmp_path / "b"))
    assert done.exit_code == 1
    assert f"not saved: {folder_of(gateway.data, AccountId(1)).path}" in done.stderr
    gateway.ok("restore", str(tmp_path / "b"), "--data", str(tmp_path / "back"))
    assert len(asyncio.run(messages(tmp_path / "back", AL))[1]) == 2


def test_nothing_is_put_back_over_anything(gateway: Commands, tmp_path: Path) -> None:
    backup(gateway, tmp_path / "b")
    assert "is not empty" in gateway.refused("restore", str(tmp_path / "b"))
    assert "manifest" in gateway.refused("restore", str(tmp_path), "--data", str(tmp_path / "back"))
    assert "lies in the data folder" in gateway.refused("backup", str(gateway.data / "b"))


def test_a_restore_that_was_interrupted_begins_again(gateway: Commands, tmp_path: Path) -> None:
    backup(gateway, tmp_path / "b")
    back = tmp_path / "back"
    (back / "mail").mkdir(parents=True)
    (back / "control.db").write_bytes(b"half")
    (back / ".restoring").touch()
    gateway.ok("restore", str(tmp_path / "b"), "--data", str(back))
    assert gateway.ok("verify", str(back)) == ""
    assert not (back / ".restoring").exists()


@pytest.mark.parametrize("parts", [0, 1, 2, 3])
def test_a_backup_that_was_committed_is_moved_into_its_place(gateway: Commands, tmp_path: Path, parts: int) -> None:
    target = tmp_path / "b"
    backup(gateway, target)
    first = manifest.read(target).made
    shutil.copytree(target, tmp_path / "new", ignore=shutil.ignore_patterns(".lock"))
    manifest.write(tmp_path / "new", Timestamp(first + 1), gateway.data, manifest.read(target).files.values())
    (tmp_path / "new").rename(target / ".whole")
    for part in swap.PARTS[:parts]:
        shutil.rmtree(target / part) if (target / part).is_dir() else (target / part).unlink()
        (target / ".whole" / part).rename(target / part)
    swap.settle(target)
    assert manifest.read(target).made == first + 1
    assert sorted(path.name for path in target.iterdir()) == [".lock", "config", "data", "manifest.jsonl"]
    assert gateway.ok("verify", str(target)) == ""


def _lines(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"{",
        b"[]\n",
        _lines('{"format": 2, "made": 1, "data": "/"}'),
        _lines('{"format": 1, "made": 1, "data": "/"}', "[]"),
        _lines('{"format": 1, "made": 1, "data": "/"}', '{"path": "../x", "size": 1, "sha256": "", "source": []}'),
        _lines('{"format": 1, "made": 1, "data": "/"}', '{"path": "/x", "size": 1, "sha256": "", "source": []}'),
    ],
)
def test_a_list_of_files_that_is_none(tmp_path: Path, octets: bytes) -> None:
    (tmp_path / manifest.NAME).write_bytes(octets)
    with pytest.raises(manifest.BadManifest):
        manifest.read(tmp_path)
