"""`gateway session`: with the control sockets of workers that are as real as the commands."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.accounts.model import SessionId
from gateway.accounts.sessions import LiveSessions
from gateway.app.control import socket_path
from gateway.app.control_server import ControlServer
from gateway.auth.authenticator import AccountId, Circumstances, Login, Service
from gateway.mail.address import parse_address
from gateway.mail.origin import Tls
from gateway.mail.units import Timestamp
from tests.support.background import Background
from tests.support.commands import Commands

AL, BO = "al@home.example", "bo@home.example"
AROUND = Circumstances(Service.SMTP, "submission", "192.0.2.7", Tls("TLSv1.3", "x"), "SCRAM-SHA-256")


class Worker:
    """Sessions, their ends, and how often the worker was told of changes."""

    def __init__(self, data: Path, number: int) -> None:
        self.live = LiveSessions(number)
        self.changes = 0
        self.ended: list[tuple[str, str]] = []
        self.server = ControlServer(socket_path(data, number), self.live, self.changed)

    def changed(self) -> None:
        self.changes += 1

    def enter(self, account: int, address: str, since: float) -> SessionId:
        login = Login(AccountId(account), parse_address(address))
        return self.live.enter(login, AROUND, Timestamp(since), lambda why: self.ended.append((address, why)))


@pytest.fixture
def gateway(tmp_path: Path) -> Commands:
    return Commands(tmp_path)


@pytest.fixture
def workers(gateway: Commands, background: Background) -> Iterator[list[Worker]]:
    """Two, with an account al that both serve, and bo."""
    gateway.ok("account", "add", AL)
    gateway.ok("account", "add", BO)
    ids = {row["address"]: row["id"] for row in gateway.json("account", "list")}
    made = [Worker(gateway.data, 0), Worker(gateway.data, 1)]
    for worker in made:
        background.run(worker.server.start())
    made[0].enter(ids[AL], AL, 1e9)
    made[1].enter(ids[AL], AL, 1e9 + 1)
    made[1].enter(ids[BO], BO, 1e9 + 2)
    yield made
    for worker in made:
        background.run(worker.server.close())


@pytest.mark.usefixtures("workers")
def test_list(gateway: Commands) -> None:
    rows = gateway.json("session", "list")
    assert [(row["id"], row["address"]) for row in rows] == [("0-1", AL), ("1-1", AL), ("1-2", BO)]
    assert {key: rows[0][key] for key in ("service", "listener", "client", "tls", "mechanism", "since")} == {
        "service": "smtp",
        "listener": "submission",
        "client": "192.0.2.7",
        "tls": "TLSv1.3",
        "mechanism": "SCRAM-SHA-256",
        "since": "2001-09-09T01:46:40Z",
    }
    lines = gateway.ok("session", "list").splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["0-1", AL], ["1-1", AL], ["1-2", BO]]


@pytest.mark.usefixtures("workers")
def test_list_of_one_account_by_any_of_its_addresses(gateway: Commands) -> None:
    gateway.ok("account", "address", "add", AL, "also-al@home.example")
    assert [row["id"] for row in gateway.json("session", "list", "Also-Al@home.example")] == ["0-1", "1-1"]
    assert "gateway account list" in gateway.refused("session", "list", "nobody@home.example")


def test_kick_a_session(gateway: Commands, workers: list[Worker]) -> None:
    assert gateway.ok("session", "kick", "1-2", "--reason", "maintenance") == "1-2: 1 session ended\n"
    assert [worker.ended for worker in workers] == [[], [(BO, "maintenance")]]


def test_kick_an_account(gateway: Commands, workers: list[Worker]) -> None:
    assert gateway.ok("session", "kick", AL) == f"{AL}: 2 sessions ended\n"
    assert [worker.ended for worker in workers] == [[(AL, "ended by an operator")]] * 2


def test_an_account_that_was_removed_can_be_kicked(gateway: Commands, workers: list[Worker]) -> None:
    gateway.ok("account", "remove", BO)
    gateway.ok("session", "kick", BO)
    assert workers[1].ended == [(BO, "ended by an operator")]


def test_workers_hear_of_every_change(gateway: Commands, workers: list[Worker]) -> None:
    before = workers[0].changes
    gateway.ok("account", "disable", AL)
    gateway.ok("account", "enable", AL)
    gateway.ok("account", "password", AL)
    assert [worker.changes for worker in workers] == [before + 3] * 2
    gateway.ok("account", "show", AL)
    gateway.refused("account", "remove", "nobody@home.example")
    assert [worker.changes for worker in workers] == [before + 3] * 2


@pytest.mark.usefixtures("workers")
def test_a_worker_that_says_nothing_is_named(gateway: Commands, background: Background) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.close()

    async def listen() -> asyncio.Server:
        return await asyncio.start_unix_server(say_nothing, socket_path(gateway.data, 7))

    server = background.run(listen())
    done = gateway.run("session", "list", "--json")
    assert (done.exit_code, len(json.loads(done.stdout))) == (0, 3)
    assert done.stderr == "gateway: worker-7.sock does not answer: its sessions are not known\n"
    server.close()


def test_no_gateway_runs(gateway: Commands) -> None:
    assert gateway.json("session", "list") == []
    done = gateway.run("session", "list")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "nobody is connected and logged in\n")
    assert "gateway session list" in gateway.refused("session", "kick", "0-1")


@pytest.mark.parametrize(
    "arguments",
    [["kick"], ["kick", "somebody"], ["kick", "0"], ["kick", "0-x"], ["kick", "a b@home.example"], ["list", "al"]],
)
def test_wrong_usage_is_one_line_and_status_2(gateway: Commands, arguments: list[str]) -> None:
    assert "--help" in gateway.refused("session", *arguments, status=2)


@pytest.mark.parametrize("reason", ["", "später", "two\r\nlines", "x" * 201])
def test_a_reason_that_clients_cannot_be_told(gateway: Commands, reason: str) -> None:
    assert "ASCII" in gateway.refused("session", "kick", "0-1", "--reason", reason, status=2)
