"""Storage that fails: the client is told 452 4.3.1 and keeps its mail, /readyz says so, and it recovers by itself."""

import resource
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.background import Background
from tests.support.configs import letter, to_sinks
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.sinks import arrived, below_trace, start_sink
from tests.support.small_disk import on_small_disk
from tests.support.smtp_client import Answer, submit

SENDER, RECIPIENT = "al@home.example", "bo@old.example"


def _try(running: Gateway, number: int, body: str = "x\r\n") -> Answer:
    """The reply that decides: to MAIL where it is refused there, else to the message."""
    with running.smtp(timeout=60) as client:
        done = submit(client, SENDER, [RECIPIENT], letter(number=number, body=body))
        return done.data or next((each for each in done.recipients if each.code // 100 != 2), done.mail)


def _refused(running: Gateway, number: int) -> bool:
    answer = _try(running, number)
    assert answer.code in (250, 452), answer
    return answer.code == 452 and answer.status == "4.3.1"


@pytest.mark.peer("unshare")
def test_disk_full(tmp_path: Path, background: Background) -> None:
    sink = start_sink(background)
    running, disk = on_small_disk(tmp_path, to_sinks(old=sink))
    with running:
        assert _try(running, 1).code == 250
        wait_for(lambda: running.metric("gateway_ready") == 1.0, what="ready")
        disk.fill()
        wait_for(lambda: _refused(running, 2), what="452 4.3.1")
        wait_for(lambda: running.metric("gateway_ready") == 0.0, what="not ready, though nobody asked /readyz")
        assert running.http_status("/readyz") == 503
        assert running.http_status("/healthz") == 200
        disk.empty()
        wait_for(lambda: running.http_status("/readyz") == 200, what="ready again")
        wait_for(lambda: _try(running, 3).code == 250, what="mail taken again")
        wait_for(lambda: letter(number=3, body="x\r\n") in _bodies(sink), what="the last message")


@pytest.mark.peer("unshare")
def test_disk_full_for_a_large_body(tmp_path: Path, background: Background) -> None:
    """It is refused while it arrives, and leaves nothing behind."""
    sink = start_sink(background)
    running, _ = on_small_disk(tmp_path, to_sinks(old=sink), size="16m")
    with running:
        answer = _try(running, 1, body="0123456789" * 7 + "\r\n" + ("x" * 70 + "\r\n") * 400_000)
        assert (answer.code, answer.status) == (452, "4.3.1")
        wait_for(lambda: _try(running, 2).code == 250, what="a small one taken")
        arrived(sink)


def test_writes_that_fail(gateway: Callable[..., Gateway], background: Background) -> None:
    """Another error than a full disk: no file may grow (RLIMIT_FSIZE)."""
    sink = start_sink(background)
    running = gateway(**to_sinks(old=sink))
    assert _try(running, 1).code == 250
    [worker] = running.workers
    _, hard = resource.prlimit(worker, resource.RLIMIT_FSIZE)
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (1, hard))
    wait_for(lambda: _refused(running, 2), what="452 4.3.1")
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (hard, hard))
    wait_for(lambda: _try(running, 3).code == 250, what="mail taken again")
    wait_for(lambda: letter(number=3, body="x\r\n") in _bodies(sink), what="the last message")


def test_a_full_database(gateway: Callable[..., Gateway]) -> None:
    """`queue: max_size`: what is dropped makes room again."""
    running = gateway(routes=[{"name": "all", "deliver": "hold"}], queue={"max_size": "1MB"})
    body = ("x" * 70 + "\r\n") * 600
    taken = 0
    while _try(running, taken, body).code == 250:
        taken += 1
        assert taken < 100
    assert taken > 5
    for row in running.queue()[: taken // 2]:
        running.cli("queue", "drop", row["delivery"])
    wait_for(lambda: _try(running, 200, body).code == 250, what="mail taken again")


def test_database_locked(gateway: Callable[..., Gateway], background: Background) -> None:
    """Another program holds the lock: mail is put off, and taken when it lets go."""
    sink = start_sink(background)
    running = gateway(**to_sinks(old=sink), queue={"lock_timeout": "1s"})
    assert _try(running, 1).code == 250
    arrived(sink)
    [database] = running.data.glob("queue/*/queue.db")
    with closing(sqlite3.connect(database, isolation_level=None)) as thief:
        thief.execute("BEGIN IMMEDIATE")
        assert _refused(running, 2)
        thief.execute("ROLLBACK")
    wait_for(lambda: _try(running, 3).code == 250, what="mail taken again")
    wait_for(lambda: letter(number=3, body="x\r\n") in _bodies(sink), what="the last message")


@pytest.mark.peer("unshare")
def test_read_only_disk(tmp_path: Path) -> None:
    """It does not start, and says why in one line."""
    running = Gateway(tmp_path, {"routes": [{"name": "all", "deliver": "hold"}]})
    running.data.mkdir()
    mount = 'mount -t tmpfs -o ro tmpfs "$0" && exec "$@"'
    running.prefix = ["unshare", "-rm", "sh", "-c", mount, str(running.data)]
    running.start(ready=False)
    assert running.process is not None
    assert running.process.wait(20) == 1
    running.kill()
    assert "Traceback" not in running.tail()
    assert "Read-only" in running.tail() or "read-only" in running.tail()


def test_two_gateways_never_share_a_folder(gateway: Callable[..., Gateway], tmp_path: Path) -> None:
    running = gateway(routes=[{"name": "all", "deliver": "hold"}])
    second = Gateway(tmp_path, {"routes": [{"name": "all", "deliver": "hold"}], "data": str(running.data)})
    second.start(ready=False)
    assert second.process is not None
    assert second.process.wait(20) == 1
    second.kill()
    assert "Traceback" not in second.tail()
    assert _try(running, 1).code == 250


def _bodies(sink) -> list[bytes]:
    return [below_trace(message.octets) for message in sink.messages]
