"""100 MB in and out: no worker's memory rises by more than 20 MB."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from gateway.cli.sink.server import PLAIN
from tests.support import processes
from tests.support.background import Background
from tests.support.configs import letter, to_sinks
from tests.support.gateway_process import Gateway
from tests.support.sinks import arrived, start_sink
from tests.support.smtp_client import submit

MEGABYTE = 1024 * 1024
SIZE = 100 * MEGABYTE
LINE = b"The quick brown fox jumps over the lazy dog, again and again, 0123456789\r\n"
LIMITS = {"message_size": "150MB"}
GROWTH = 20 * MEGABYTE


def _body(line: bytes) -> Iterator[bytes]:
    chunk = line * 10_000
    for _ in range(SIZE // len(chunk) + 1):
        yield chunk


def _send(running: Gateway, line: bytes, *, chunked: bool) -> str:
    """Send 100 MB; the digest of what was sent."""
    head = letter(body="")
    digest = hashlib.sha256(head)
    with running.smtp(timeout=120) as client:
        assert client.say("MAIL FROM:<al@home.example> BODY=8BITMIME").code == 250
        assert client.say("RCPT TO:<bo@old.example>").code == 250
        if not chunked:
            assert client.say("DATA").code == 354
            client.send(head)
        else:
            client.send(b"BDAT %d\r\n" % len(head) + head)
            assert client.answer().code == 250
        for piece in _body(line):
            digest.update(piece)
            if chunked:
                client.send(b"BDAT %d\r\n" % len(piece))
            client.send(piece)
            if chunked:
                assert client.answer().code == 250
        client.send(b"BDAT 0 LAST\r\n" if chunked else b".\r\n")
        answer = client.answer()
        assert answer.code == 250, answer
    return digest.hexdigest()


@pytest.mark.parametrize("chunked", [False, True], ids=["DATA", "BDAT"])
@pytest.mark.parametrize("line", [LINE, LINE.replace(b"fox", "Füchse".encode())], ids=["ascii", "8bit to 7bit hop"])
def test_memory_stays_flat(line: bytes, chunked: bool, gateway: Callable[..., Gateway], background: Background) -> None:
    behaviour = replace(PLAIN, keep=False, size=200 * MEGABYTE)
    if not line.isascii():
        behaviour = behaviour.without("8BITMIME", "SMTPUTF8", "CHUNKING", "BINARYMIME")
    sink = start_sink(background, behaviour)
    running = gateway(**to_sinks(old=sink), workers=2, limits=LIMITS)
    with running.smtp() as client:
        assert submit(client, "al@home.example", ["bo@old.example"], letter()).taken
    arrived(sink)
    before = {pid: processes.resident(pid) for pid in running.workers}
    for pid in before:
        processes.reset_peak(pid)
    _send(running, line, chunked=chunked)
    message = arrived(sink, 2, within=120)[1]
    assert message.size > SIZE
    assert message.violations == ()
    growth = {pid: processes.peak(pid) - size for pid, size in before.items()}
    assert max(growth.values()) < GROWTH, growth


def test_the_limit_is_told_before_and_after(gateway: Callable[..., Gateway]) -> None:
    running = gateway(routes=[{"name": "all", "deliver": "hold"}], limits={"message_size": "1MB"})
    with running.smtp() as client:
        answer = client.say("MAIL FROM:<al@home.example> SIZE=2000000")
        assert (answer.code, answer.status) == (552, "5.3.4")
        done = submit(client, "al@home.example", ["bo@old.example"], letter(body="0123456789\r\n" * 100_000))
        assert done.data is not None
        assert (done.data.code, done.data.status) == (552, "5.3.4")
        assert submit(client, "al@home.example", ["bo@old.example"], letter()).taken
