"""The real gateway: what arrives is soon found by its text, whatever happens to the process that indexes."""

import asyncio
import base64
import os
import random
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from gateway.app.indexing import NAME
from gateway.mail.octets import OctetSource
from gateway.store.embedded.index.embedded import EmbeddedIndex
from gateway.store.embedded.index.texts import text_of
from gateway.store.embedded.paths import AccountFolder, accounts_in, folder_of
from gateway.store.errors import StoreUnavailable
from gateway.store.model import EmailId
from gateway.store.protocol.search import Closeness, Field, Wanted
from tests.support import processes
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.smtp_client import submit

Start = Callable[..., Gateway]
MB = 1 << 20
ROUTES = [{"name": "local", "when": {"local": True}, "deliver": "mailbox"}]


class World:
    """A gateway with two accounts, and their indexes."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.folders: list[AccountFolder] = []
        for name in ("one", "two"):
            gateway.account(f"{name}@home.example")
            self.send(b"Subject: welcome\r\n\r\nhello\r\n", name)
            self.folders.append(self._new_folder())

    def send(self, message: bytes, *names: str) -> None:
        with self.gateway.smtp(timeout=60) as client:
            done = submit(client, "a@sender.example", [f"{name}@home.example" for name in names], message)
        assert done.taken, done

    def find(self, text: str, account: int = 0, closeness: Closeness = Closeness.EXACT) -> int:
        index = EmbeddedIndex(self.folders[account], _nothing, text_of)
        try:
            return len(asyncio.run(index.find(Wanted(text, frozenset(Field), closeness))).emails)
        except StoreUnavailable:
            return -1

    def wait_found(self, text: str, count: int = 1, account: int = 0) -> None:
        wait_for(lambda: self.find(text, account) == count, within=30, what=f"{text!r} in the index {count} times")

    def indexers(self) -> list[int]:
        """The process, and those that it has work for it."""
        return [pid for pid in processes.descendants(self.gateway.pid) if processes.name(pid) == NAME]

    def _new_folder(self) -> AccountFolder:
        known = {folder.path for folder in self.folders}

        def new() -> list[AccountFolder]:
            folders = (folder_of(self.gateway.data, account) for account in accounts_in(self.gateway.data))
            return [folder for folder in folders if folder.path not in known]

        wait_for(lambda: len(new()) == 1, within=20, what="the account's mail")
        return new()[0]


async def _nothing(emails: Sequence[EmailId]) -> Sequence[OctetSource | None]:
    return [None for _ in emails]


@pytest.fixture
def world(gateway: Start) -> World:
    return World(gateway(domains=[{"name": "home.example"}], routes=ROUTES))


def mail(subject: str, body: str) -> bytes:
    head = "From: a@sender.example\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n"
    return f"Subject: {subject}\r\n{head}\r\n".encode() + base64.encodebytes(body.encode()).replace(b"\n", b"\r\n")


def test_what_arrives_is_found_in_its_own_account_only(world: World) -> None:
    world.send(mail("server", "東京サーバの障害, Straße"), "one")
    world.send(mail("both", "Rechnungen"), "one", "two")
    world.wait_found("障害")
    world.wait_found("rechnung")
    world.wait_found("rechnung", account=1)
    assert world.find("障害", account=1) == 0
    assert world.find("Strasse", closeness=Closeness.FUZZY) == 1
    said = world.gateway.cli("search", "one@home.example", "Rechnung Both", "--fuzzy", "--explain")
    assert "INBOX: 1 found" in said
    assert "read)" not in said, "the index knows"
    wait_for(lambda: world.gateway.metric("gateway_indexed_messages_total") == 5, within=10, what="the count")
    wait_for(lambda: world.gateway.metric("gateway_index_waiting_messages") == 0, within=10, what="nothing waiting")


def test_kill_9_of_the_process_that_indexes_loses_nothing(world: World) -> None:
    for number in range(40):
        world.send(mail(f"number{number}x", "killed " + "word " * 500), "one")
        if number % 13 == 5:
            os.kill(random.choice(wait_for(world.indexers, within=30, what="its processes")), signal.SIGKILL)
    world.wait_found("killed", 40)
    assert world.find("number39x") == 1


def test_a_damaged_index_is_made_anew(world: World) -> None:
    world.send(mail("before", "found again"), "one")
    world.wait_found("found again")
    index = world.folders[0].index
    with index.open("r+b") as file:
        file.write(os.urandom(index.stat().st_size))
    for suffix in ("-wal", "-shm"):
        Path(f"{index}{suffix}").unlink(missing_ok=True)
    world.send(mail("after", "something else"), "one")
    world.wait_found("something else")
    assert world.find("found again") == 1
    wait_for(lambda: "index is made anew" in world.gateway.tail(), within=10, what="a line in the log")
    wait_for(lambda: world.gateway.metric("gateway_index_rebuilds_total") == 1, within=10, what="the count")


def test_an_index_that_is_removed_comes_back_without_new_mail(world: World) -> None:
    world.wait_found("welcome")
    for suffix in ("", "-wal", "-shm"):
        Path(f"{world.folders[0].index}{suffix}").unlink(missing_ok=True)
    world.wait_found("welcome")


def test_hostile_mail_costs_little_and_stops_nobody(world: World) -> None:
    world.send(b"Subject: letter\r\n\r\n" + (b"a" * 900 + b"\r\n") * (20 * MB // 902), "one")
    world.send(mail("unspaced", "".join(random.choices("abcdefgh", k=MB))), "one")
    world.send(mail("pictures", "".join(chr(random.randrange(0x4E00, 0x9000)) for _ in range(MB // 4))), "one")
    world.send(
        b"Subject: =?nonsense?Q?=FF?=\r\nContent-Type: text/plain; charset=\xff\r\n\r\n\xff\xfe\x01 octets", "one"
    )
    world.send(b"Content-Type: text/plain; charset=utf-7\r\n\r\n+AAAA-\xc0\x80 hidden \xed\xa0\x80", "one")
    world.send(mail("last", "needle"), "one")
    world.wait_found("needle")
    for text in ("letter", "unspaced", "pictures", "octets", "hidden", "a" * 300):
        world.wait_found(text)
    assert world.gateway.metric("gateway_index_errors_total") == 0
    assert max(processes.peak(pid) for pid in world.indexers()) < 400 * MB


@pytest.mark.parametrize("kill", [False, True])
def test_it_ends_with_the_gateway(world: World, kill: bool) -> None:
    world.wait_found("welcome")
    indexers = world.indexers()
    assert len(indexers) > 1
    if kill:
        os.kill(world.gateway.pid, signal.SIGKILL)
    else:
        world.gateway.stop()
    wait_for(lambda: not any(processes.name(pid) == NAME for pid in indexers), within=10, what="the end of all of them")
    if kill:
        world.gateway.kill()
