"""kill -9 at each arrow of the queue's table of states (docs/queue.md), by a hop that stalls at that very step."""

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import replace

import pytest

from gateway.cli.sink.server import PLAIN, SinkServer
from tests.support.background import Background
from tests.support.configs import letter, route, to_sinks
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.reports import read_notification
from tests.support.sinks import LEGACY, below_trace, one, restart_sink, start_sink
from tests.support.smtp_client import submit
from tests.support.stepped_hop import SteppedHop

SENDER, RECIPIENT = "al@home.example", "bo@hop.example"


def _take(running: Gateway, octets: bytes | None = None) -> None:
    with running.smtp() as client:
        assert submit(client, SENDER, [RECIPIENT], octets or letter()).taken


def _crash(running: Gateway) -> None:
    """kill -9 the worker, and wait for the next one."""
    gone = running.kill_worker()
    wait_for(lambda: [pid for pid in running.workers if pid != gone], what="another worker")
    running.wait_ready()


def _told(sink: SinkServer) -> Callable[[], bool]:
    return lambda: sink.connections > 0


@pytest.mark.parametrize("size", [100, 1_000_000], ids=["in memory", "spooled"])
def test_while_receiving(size: int, gateway: Callable[..., Gateway], background: Background) -> None:
    """receiving: the client never saw 250, so nothing may arrive, and nothing is left behind."""
    hop = start_sink(background)
    running = gateway(**to_sinks(hop=hop), queue={"sweep": "1s"})
    with running.smtp() as client:
        client.say(f"MAIL FROM:<{SENDER}>")
        client.say(f"RCPT TO:<{RECIPIENT}>")
        client.say("DATA")
        client.send(letter() + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * (size // 72))
        if size > 100_000:
            wait_for(lambda: any(running.data.glob("queue/*/bodies/**/*")), what="a spooled body")
        _crash(running)
        with pytest.raises(ConnectionError):
            client.answer()
    assert running.queue() == []
    wait_for(lambda: not [p for p in running.data.glob("queue/*/bodies/**/*") if p.is_file()], what="the sweep")
    assert hop.messages == []


def test_right_after_250(gateway: Callable[..., Gateway], background: Background) -> None:
    """queued: durable."""
    hop = start_sink(background)
    running = gateway(**to_sinks(hop=hop))
    with running.smtp() as client:
        for number in range(10):
            assert submit(client, SENDER, [RECIPIENT], letter(number=number)).taken
        _crash(running)
    wait_for(lambda: not running.queue(), what="an empty queue")
    assert {below_trace(message.octets) for message in hop.messages} == {letter(number=n) for n in range(10)}


@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "MAIL", "."])
def test_while_sending(step: str, gateway: Callable[..., Gateway], background: Background) -> None:
    """leased: the lease of a dead worker is void, and the delivery due again."""
    with ExitStack() as stack:
        first = stack.enter_context(Background())
        hop = start_sink(first, replace(PLAIN, hang_after=step))
        running = gateway(**to_sinks(hop=hop))
        _take(running)
        wait_for(_told(hop), what="the attempt")
        wait_for(lambda: [row["state"] for row in running.queue()] == ["leased"], what="a lease")
        stack.close()
        hop = restart_sink(background, hop, PLAIN)
        _crash(running)
    assert below_trace(one(hop).octets) == letter()
    wait_for(lambda: not running.queue(), what="an empty queue")
    assert len(hop.messages) == 1


def test_between_the_hops_250_and_our_commit(gateway: Callable[..., Gateway], background: Background) -> None:
    """The only place where a message arrives twice; it is never lost."""
    with SteppedHop() as first:
        relays = {"hop": {"hosts": [f"127.0.0.1:{first.port}"], "tls": "none"}}
        running = gateway(relays=relays, routes=[route("hop.example", "hop")], queue={"lock_timeout": "60s"})
        _take(running)
        assert below_trace(first.receive()) == letter()
        [database] = running.data.glob("queue/*/queue.db")
        with closing(sqlite3.connect(database, isolation_level=None, timeout=20)) as thief:
            thief.execute("BEGIN IMMEDIATE")
            first.accept()
            gone = running.kill_worker()
    second = start_sink(background, port=first.port)
    wait_for(lambda: [pid for pid in running.workers if pid != gone], what="another worker")
    assert below_trace(one(second).octets) == letter()
    wait_for(lambda: not running.queue(), what="an empty queue")
    wait_for(lambda: running.metric("gateway_duplicates_possible_total") == 1, what="the count")


def test_while_deferred(gateway: Callable[..., Gateway], background: Background) -> None:
    hop = start_sink(background, replace(PLAIN, fail=1))
    running = gateway(**to_sinks(hop=hop))
    _take(running)
    wait_for(lambda: running.queue("--state", "deferred"), what="a deferred delivery")
    _crash(running)
    assert below_trace(one(hop).octets) == letter()
    wait_for(lambda: not running.queue(), what="an empty queue")


def test_while_held(gateway: Callable[..., Gateway]) -> None:
    running = gateway(routes=[{"name": "all", "deliver": "hold"}])
    _take(running)
    _crash(running)
    assert [row["state"] for row in running.queue()] == ["held"]


def test_while_the_report_is_under_way(gateway: Callable[..., Gateway], background: Background) -> None:
    """failed: the outcome and the report it owes are one commit, so there is exactly one report."""
    with ExitStack() as stack:
        first = stack.enter_context(Background())
        hop = start_sink(background, replace(PLAIN, replies={"RCPT": "550 5.1.1 no such user"}))
        home = start_sink(first, replace(LEGACY, hang_after="MAIL"))
        running = gateway(**to_sinks(hop=hop, home=home))
        _take(running)
        wait_for(_told(home), what="the report's attempt")
        stack.close()
        home = restart_sink(background, home, LEGACY)
        _crash(running)
    assert read_notification(one(home)).statuses == {"5.1.1"}
    wait_for(lambda: not running.queue(), what="an empty queue")
    assert len(home.messages) == 1


def test_at_every_moment_of_a_large_message(gateway: Callable[..., Gateway], background: Background) -> None:
    """A body in a file of its own outlives the worker."""
    with ExitStack() as stack:
        first = stack.enter_context(Background())
        hop = start_sink(first, replace(PLAIN, drop_after_octets=500_000))
        running = gateway(**to_sinks(hop=hop))
        octets = letter(body="0123456789abcdef\r\n" * 60_000)
        _take(running, octets)
        wait_for(_told(hop), what="the attempt")
        stack.close()
        hop = restart_sink(background, hop, PLAIN)
        _crash(running)
    assert below_trace(one(hop).octets) == octets
