"""The metrics listener over a real socket, read by http.client."""

import asyncio
import http.client
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.telemetry.board import Board
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.page import page
from gateway.web.connection import MOST_CLIENTS
from gateway.web.metrics_listener import serve
from gateway.web.readiness import Readiness
from gateway.web.request import MAX_HEAD


@dataclass
class Running:
    """A listener, its port, and what it says of its state."""

    port: int
    trouble: list[str] = field(default_factory=list)

    async def get(self, path: str, method: str = "GET") -> tuple[int, str, str]:
        return await asyncio.to_thread(self._get, path, method)

    def _get(self, path: str, method: str) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, response.headers["Content-Type"], response.read().decode()

    async def raw(self, octets: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(octets)
        writer.write_eof()
        answer = await reader.read()
        writer.close()
        return answer


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    sock = socket.create_server(("127.0.0.1", 0))
    listener = Running(sock.getsockname()[1])

    async def check() -> Readiness:
        return Readiness(tuple(listener.trouble))

    server = await serve(sock, lambda: page(tmp_path), check)
    yield listener
    server.close()
    await server.wait_closed()


async def test_metrics_of_all_workers(running: Running, tmp_path: Path) -> None:
    for worker in "01":
        metrics = Metrics(Board(tmp_path, worker))
        metrics.receiving.messages.at("mx").add(2)
        metrics.board.flush()
    status, content_type, text = await running.get("/metrics")
    assert status == 200
    assert content_type.startswith("text/plain; version=")
    assert 'gateway_received_messages_total{listener="mx"} 4.0\n' in text


async def test_metrics_that_cannot_be_read(running: Running, tmp_path: Path) -> None:
    (tmp_path / "counter_0.db").write_bytes(b"\xff\xff\xff\x7f" + b"\xff" * 100)
    assert (await running.get("/metrics"))[0] == 503
    assert (await running.get("/healthz"))[0] == 200


async def test_ready_until_there_is_trouble_and_again_after_it(running: Running) -> None:
    assert await running.get("/readyz") == (200, "text/plain; charset=utf-8", "ready\n")
    running.trouble += ["the disk is full", "the queue cannot commit"]
    assert await running.get("/readyz") == (
        503,
        "text/plain; charset=utf-8",
        "the disk is full\nthe queue cannot commit\n",
    )
    assert (await running.get("/healthz"))[0] == 200
    running.trouble.clear()
    assert (await running.get("/readyz"))[0] == 200


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/", "GET", 200),
        ("/metrics?x=y", "GET", 200),
        ("/healthz", "HEAD", 200),
        ("/healthz", "POST", 405),
        ("/admin", "GET", 404),
        ("/metrics/../secret", "GET", 404),
    ],
)
async def test_paths_and_methods(running: Running, path: str, method: str, status: int) -> None:
    assert (await running.get(path, method))[0] == status


async def test_head_has_no_body(running: Running) -> None:
    answer = await running.raw(b"HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"Content-Length: 3\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "octets",
    [b"EHLO x\r\n\r\n", b"\r\n\r\n", b"\0\xff\r\n\r\n", b"GET /\xc3\xa4 HTTP/1.1\r\n\r\n", b"GET / HTTP/2\r\n\r\n"],
)
async def test_what_is_not_http_gets_400(running: Running, octets: bytes) -> None:
    assert (await running.raw(octets)).startswith(b"HTTP/1.1 400 ")


async def test_a_request_is_bounded(running: Running) -> None:
    answer = await running.raw(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * (MAX_HEAD // 6))
    assert answer.startswith(b"HTTP/1.1 400 ")


async def test_half_a_request_gets_nothing(running: Running) -> None:
    assert await running.raw(b"GET / HT") == b""


async def test_clients_at_once_are_bounded_and_others_are_served_after_them(running: Running) -> None:
    idle = [await asyncio.open_connection("127.0.0.1", running.port) for _ in range(MOST_CLIENTS)]
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(1), 10)
    writer.close()
    for reader, writer in idle:
        writer.write(b"GET /healthz HTTP/1.1\r\n\r\n")
        assert (await reader.read()).endswith(b"ok\n")
        writer.close()
    assert (await running.get("/healthz"))[0] == 200
