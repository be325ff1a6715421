"""The HTTP listener over a real socket."""

import asyncio
import http.client
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.certificates.acme.store import Challenges
from gateway.web.http_listener import serve


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[int]:
    sock = socket.create_server(("127.0.0.1", 0))
    challenges = Challenges(tmp_path)
    challenges.put("abc_-1", "abc_-1.thumbprint")
    server = await serve(sock, challenges.answer)
    yield int(sock.getsockname()[1])
    server.close()
    await server.wait_closed()


def get(port: int, path: str, method: str = "GET") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path)
    response = connection.getresponse()
    return response.status, response.read()


async def test_a_challenge_is_answered(port: int) -> None:
    answer = await asyncio.to_thread(get, port, "/.well-known/acme-challenge/abc_-1")
    assert answer == (200, b"abc_-1.thumbprint")


@pytest.mark.parametrize(
    "path", ["/", "/.well-known/acme-challenge/", "/.well-known/acme-challenge/../../etc/passwd", "/x"]
)
async def test_nothing_else_is_here(port: int, path: str) -> None:
    status, text = await asyncio.to_thread(get, port, path)
    assert status == 404
    assert b"no webmail" in text


async def test_only_reading(port: int) -> None:
    assert (await asyncio.to_thread(get, port, "/", "POST"))[0] == 405
