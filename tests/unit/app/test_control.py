"""The control socket, server and client, over real Unix sockets."""

import asyncio
import json
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.accounts.model import SessionId, SessionInfo
from gateway.accounts.sessions import LiveSessions
from gateway.app.control import MAX_REQUEST, sayable, socket_path
from gateway.app.control_server import ControlServer
from gateway.app.workers import Kicked, Present, Workers
from gateway.auth.authenticator import AccountId, Circumstances, CredentialId, Login, Service
from gateway.mail.address import parse_address
from gateway.mail.origin import Tls
from gateway.mail.units import Seconds, Timestamp
from tests.support.loops import on_both_loops

LATE = (
    b'{"sessions":[{"account":1,"since":1e300,"id":"0-1","address":"a@b.example","service":"smtp",'
    b'"listener":"","client":"","tls":"","mechanism":""}]}\n'
)
AROUND = Circumstances(Service.SMTP, "submission", "192.0.2.7", Tls("TLSv1.3", "TLS_AES_256_GCM_SHA384"), "PLAIN")


class Worker:
    """A worker as far as the socket knows it: sessions, and how often it was told of changes."""

    def __init__(self, data: Path, number: int) -> None:
        self.sessions = LiveSessions(number)
        self.changes = 0
        self.ended: list[tuple[str, str]] = []
        self.server = ControlServer(socket_path(data, number), self.sessions, self.change)

    def change(self) -> None:
        self.changes += 1

    def enter(self, address: str, account: int, since: float) -> SessionId:
        login = Login(AccountId(account), parse_address(address), CredentialId(1))
        return self.sessions.enter(login, AROUND, Timestamp(since), lambda why: self.ended.append((address, why)))


@asynccontextmanager
async def worker(data: Path, number: int = 0) -> AsyncIterator[Worker]:
    made = Worker(data, number)
    await made.server.start()
    try:
        yield made
    finally:
        await made.server.close()


def ask(path: Path, octets: bytes) -> bytes:
    """What a stranger on the socket is answered, until the connection ends."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(10)
        sock.connect(str(path))
        sock.sendall(octets)
        said = b""
        while chunk := sock.recv(65536):
            said += chunk
        return said


@on_both_loops
async def test_the_sessions_of_all_workers_oldest_first(tmp_path: Path) -> None:
    async with worker(tmp_path, 0) as first, worker(tmp_path, 1) as second:
        second.enter("jörg@bücher.example", 7, 100.0)
        first.enter("al@home.example", 8, 200.5)
        present = await Workers(tmp_path).sessions()
    al, joerg = parse_address("al@home.example"), parse_address("jörg@bücher.example")
    common = ("submission", "192.0.2.7", "TLSv1.3", "PLAIN")
    assert present == Present(
        (
            SessionInfo(SessionId("1-1"), AccountId(7), joerg, Service.SMTP, *common, Timestamp(100.0)),
            SessionInfo(SessionId("0-1"), AccountId(8), al, Service.SMTP, *common, Timestamp(200.5)),
        )
    )


@on_both_loops
async def test_kick_one_session(tmp_path: Path) -> None:
    async with worker(tmp_path, 0) as first, worker(tmp_path, 1) as second:
        first.enter("al@home.example", 7, 1.0)
        name = second.enter("bo@home.example", 8, 1.0)
        assert await Workers(tmp_path).kick(name, "maintenance") == Kicked(1)
        assert await Workers(tmp_path).kick(SessionId("1-99"), "maintenance") == Kicked(0)
    assert (first.ended, second.ended) == ([], [("bo@home.example", "maintenance")])


@on_both_loops
async def test_kick_all_sessions_of_an_account(tmp_path: Path) -> None:
    async with worker(tmp_path, 0) as first, worker(tmp_path, 1) as second:
        first.enter("al@home.example", 7, 1.0)
        first.enter("bo@home.example", 8, 1.0)
        second.enter("al@home.example", 7, 1.0)
        assert await Workers(tmp_path).kick(AccountId(7), "good bye") == Kicked(2)
    assert first.ended == second.ended == [("al@home.example", "good bye")]


@on_both_loops
async def test_every_worker_hears_of_changes(tmp_path: Path) -> None:
    async with worker(tmp_path, 0) as first, worker(tmp_path, 1) as second:
        assert await Workers(tmp_path).changed() == 2
    assert (first.changes, second.changes) == (1, 1)


async def test_no_gateway_no_trouble(tmp_path: Path) -> None:
    assert await Workers(tmp_path / "nowhere").sessions() == Present(())
    assert await Workers(tmp_path).kick(AccountId(1), "x") == Kicked(0)
    assert await Workers(tmp_path).changed() == 0


async def test_the_socket_of_a_dead_worker_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(socket_path(tmp_path, 3)))
    async with worker(tmp_path, 0) as living:
        living.enter("al@home.example", 7, 1.0)
        present = await Workers(tmp_path).sessions()
    assert [info.id for info in present.sessions] == ["0-1"]
    assert present.silent == ()


async def test_a_worker_that_does_not_answer_is_named_in_bounded_time(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(socket_path(tmp_path, 3)))
        sock.listen()
        async with worker(tmp_path, 0), asyncio.timeout(10):
            assert await Workers(tmp_path, Seconds(0.2)).sessions() == Present((), ("worker-3.sock",))
            assert await Workers(tmp_path, Seconds(0.2)).kick(AccountId(1), "x") == Kicked(0, ("worker-3.sock",))
            assert await Workers(tmp_path, Seconds(0.2)).changed() == 1


@pytest.mark.parametrize(
    "answer",
    [
        LATE,
        b"",
        b"\n",
        b"[]\n",
        b"{}\n",
        b'{"sessions":[3]}\n',
        b'{"sessions":[{"id":"0-1"}]}\n',
        b"\xff\n",
        b"{",
    ],
)
async def test_a_worker_that_answers_something_else_is_named(tmp_path: Path, answer: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(answer)
        writer.close()

    (tmp_path / "run").mkdir()
    server = await asyncio.start_unix_server(serve, socket_path(tmp_path, 0))
    async with server:
        assert await Workers(tmp_path).sessions() == Present((), ("worker-0.sock",))


async def test_a_worker_takes_the_place_of_a_dead_one(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(socket_path(tmp_path, 0)))
    async with worker(tmp_path, 0):
        assert await Workers(tmp_path).changed() == 1
    assert list((tmp_path / "run").iterdir()) == []


async def test_a_worker_that_stops_late_leaves_its_successor_alone(tmp_path: Path) -> None:
    old = Worker(tmp_path, 0)
    await old.server.start()
    async with worker(tmp_path, 0) as successor:
        await old.server.close()
        await old.server.close()
        assert await Workers(tmp_path).changed() == 1
    assert (old.changes, successor.changes) == (0, 1)


async def test_nobody_else_may_connect(tmp_path: Path) -> None:
    async with worker(tmp_path, 0):
        assert stat.S_IMODE(socket_path(tmp_path, 0).stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700


@on_both_loops
async def test_a_deep_data_folder(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["x" * 50] * 4)
    async with worker(deep, 0):
        assert await Workers(deep).changed() == 1


async def test_closing_what_never_started(tmp_path: Path) -> None:
    await Worker(tmp_path, 0).server.close()


@on_both_loops
async def test_a_request_is_bounded(tmp_path: Path) -> None:
    async with worker(tmp_path, 0) as one:
        one.enter("al@home.example", 7, 1.0)
        for octets in (b"x" * MAX_REQUEST, b" " * MAX_REQUEST + b'{"ask":"changed"}\n'):
            said = await asyncio.to_thread(ask, socket_path(tmp_path, 0), octets)
            assert json.loads(said) == {"error": f"a request has at most {MAX_REQUEST} octets"}
        assert one.changes == 0


@on_both_loops
async def test_one_connection_one_answer(tmp_path: Path) -> None:
    async with worker(tmp_path, 0) as one:
        said = await asyncio.to_thread(ask, socket_path(tmp_path, 0), b'{"ask":"changed"}\n{"ask":"changed"}\n')
        assert said == b'{"changed":true}\n'
        assert one.changes == 1


@on_both_loops
async def test_a_client_that_asks_nothing_is_cut_off(tmp_path: Path) -> None:
    path = socket_path(tmp_path, 0)
    server = ControlServer(path, LiveSessions(0), lambda: None, Seconds(0.1))
    await server.start()
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(b'{"ask":')
    async with asyncio.timeout(10):
        assert await reader.read() == b""
    writer.close()
    await server.close()


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"ask": "secrets"},
        {"ask": "kick"},
        {"ask": "kick", "session": 3, "why": "x"},
        {"ask": "kick", "session": "0-1", "why": "two\r\nlines"},
        {"ask": "kick", "session": "0-1", "why": "tschüß"},
        {"ask": "kick", "session": "0-1", "why": ""},
        {"ask": "kick", "account": 7, "why": "x" * 201},
        [],
        "sessions",
    ],
)
def test_what_cannot_be_asked_changes_nothing(tmp_path: Path, request_: object) -> None:
    one = Worker(tmp_path, 0)
    one.enter("al@home.example", 7, 1.0)
    answer = json.loads(one.server.answer(json.dumps(request_).encode()))
    assert set(answer) == {"error"}
    assert (one.ended, one.changes) == ([], 0)


@given(
    st.binary(max_size=200) | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(repr).map(str.encode)
)
def test_any_octets_have_an_answer(octets: bytes) -> None:
    assert isinstance(json.loads(Worker(Path("nowhere"), 0).server.answer(octets)), dict)


def test_what_clients_can_be_told() -> None:
    assert sayable("come back at 8")
    assert not any(map(sayable, ("", "a\nb", "\x1b[2J", "später", "x" * 201)))
