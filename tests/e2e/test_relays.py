"""Relays: which host takes the mail, how it is spoken to, and how much at once."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from typing_extensions import override

from gateway.cli.sink.server import PLAIN, SinkServer
from gateway.cli.sink.session import Session
from tests.support.background import Background
from tests.support.configs import QUICK_RETRY, letter, route, to_sinks
from tests.support.gateway_process import Config, Gateway
from tests.support.patience import wait_for
from tests.support.ports import free_port
from tests.support.post import AL, arrival, for_recipient, post, settled
from tests.support.reports import read_notification
from tests.support.sinks import LEGACY, arrived, one, relay_to, start_sink
from tests.support.smtp_client import submit

Start = Callable[..., Gateway]


def _host(port: int, priority: int = 10, weight: int = 1) -> Config:
    return {"host": "127.0.0.1", "port": port, "priority": priority, "weight": weight}


def _single(sink: SinkServer, **keys: object) -> Config:
    """A relay `hop` with one host, and its route."""
    return {"relays": {"hop": relay_to(sink) | keys}, "routes": [route("hop.example", "hop")]}


def _send(running: Gateway, count: int, domain: str = "hop.example") -> None:
    with running.smtp() as client:
        for number in range(count):
            assert submit(client, AL, [f"r{number}@{domain}"], letter(number=number)).taken


def test_lower_priorities_first(gateway: Start, background: Background) -> None:
    """The better host has all of it while it answers, whatever the order in the file."""
    worse, better = start_sink(background), start_sink(background)
    config = _single(better)
    config["relays"]["hop"]["hosts"] = [_host(free_port(), 1), _host(worse.port, 20, 100), _host(better.port, 10)]
    running = gateway(**config)
    _send(running, 10)
    arrived(better, 10)
    assert worse.messages == []


def test_weights_share_the_load(gateway: Start, background: Background) -> None:
    """Nine to one, for hosts that close after each message; weight 0 is the last resort."""
    sinks = [start_sink(background, replace(PLAIN, close_after_message=True)) for _ in range(3)]
    config = _single(sinks[0])
    config["relays"]["hop"]["hosts"] = [
        _host(sink.port, 10, weight) for sink, weight in zip(sinks, (9, 1, 0), strict=True)
    ]
    running = gateway(**config)
    _send(running, 60)
    wait_for(lambda: sum(len(sink.messages) for sink in sinks) == 60, what="all of it")
    most, few, none = (len(sink.messages) for sink in sinks)
    assert most > few
    assert most >= 35
    assert none == 0


def test_all_hosts_before_giving_up(gateway: Start, background: Background) -> None:
    """A host that turns us away with 5yz speaks for itself alone; the next one is asked in the same attempt."""
    closed = start_sink(background, replace(PLAIN, replies={"CONNECT": "554 5.3.2 not you"}))
    busy = start_sink(background, replace(PLAIN, replies={"MAIL": "421 4.3.2 busy"}))
    good = start_sink(background)
    config = _single(good)
    config["relays"]["hop"] = relay_to(closed, busy, good)
    config["routes"][0]["retry"] = {"first": "1h", "factor": 1, "max": "1h", "expire": "2h"}
    running = gateway(**config)
    _send(running, 1)
    one(good)


def test_hosts_named_by_the_route(gateway: Start, background: Background) -> None:
    sink = start_sink(background)
    deliver = {"relay": [f"127.0.0.1:{free_port()}", f"127.0.0.1:{sink.port}"], "tls": "none"}
    running = gateway(routes=[{"name": "direct", "deliver": deliver, "retry": QUICK_RETRY}])
    _send(running, 1)
    one(sink)


@pytest.mark.parametrize("where", ["file", "env"])
def test_credentials(where: str, gateway: Start, background: Background, tmp_path: Path, monkeypatch) -> None:
    secret = "pass wörd"
    (tmp_path / "secret").write_text(f"{secret}\n", encoding="utf-8")
    monkeypatch.setenv("HOP_PASSWORD", secret)
    password = {"file": str(tmp_path / "secret")} if where == "file" else {"env": "HOP_PASSWORD"}
    sink = start_sink(background, replace(PLAIN, login=("gw", secret)))
    running = gateway(**_single(sink, auth={"user": "gw", "password": password}))
    _send(running, 1)
    assert one(sink).user == "gw"
    assert secret not in running.tail(100_000)


def test_a_refused_log_in_delays(gateway: Start, background: Background, monkeypatch) -> None:
    """It is the operator's to mend: mail waits, and the reason can be read."""
    monkeypatch.setenv("HOP_PASSWORD", "wrong")
    sink = start_sink(background, replace(PLAIN, login=("gw", "right")))
    running = gateway(**_single(sink, auth={"user": "gw", "password": {"env": "HOP_PASSWORD"}}))
    _send(running, 1)
    [row] = wait_for(lambda: running.queue("--state", "deferred"), what="a deferred delivery")
    assert "535" in row["last_reply"]
    assert "wrong user or password" in row["last_reply"]


def test_source_address_and_name(gateway: Start) -> None:
    with _peers() as (port, seen):
        hop = {"hosts": [f"127.0.0.1:{port}"], "tls": "none", "source": "127.0.0.77", "helo": "bücher.example"}
        running = gateway(relays={"hop": hop}, routes=[route("hop.example", "hop")])
        _send(running, 1)
        wait_for(lambda: seen, what="a connection")
        assert seen[0] == ("127.0.0.77", b"EHLO xn--bcher-kva.example\r\n")


@contextmanager
def _peers() -> Iterator[tuple[int, list[tuple[str, bytes]]]]:
    """A port at which the address and the first command of each client are noted."""
    seen: list[tuple[str, bytes]] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, (address, *_) = listening.accept()
                except OSError:
                    return
                with connection, connection.makefile("rb") as lines:
                    connection.sendall(b"220 hop\r\n")
                    seen.append((address, lines.readline()))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1], seen
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(10)


class _Metered(SinkServer):
    """Counts its connections that are open at once."""

    most = 0
    _now = 0

    @override
    def joined(self, session: Session) -> int:
        self._now += 1
        self.most = max(self.most, self._now)
        return super().joined(session)

    @override
    def left(self, session: Session) -> None:
        self._now -= 1
        super().left(session)


@pytest.mark.parametrize("place", ["relay", "route"])
def test_connections_at_once(place: str, gateway: Start, background: Background) -> None:
    sink = background.enter(_Metered())
    config = _single(sink)
    (config["relays"]["hop"] if place == "relay" else config["routes"][0])["limits"] = {"connections": 2}
    running = gateway(**config)
    senders = [threading.Thread(target=_send, args=(running, 25)) for _ in range(4)]
    for each in senders:
        each.start()
    for each in senders:
        each.join()
    arrived(sink, 100)
    assert sink.most == 2


def test_messages_of_a_connection(gateway: Start, background: Background) -> None:
    sink = start_sink(background)
    running = gateway(**_single(sink, limits={"connections": 1, "messages_per_connection": 3}))
    _send(running, 10)
    messages = arrived(sink, 10)
    assert sorted(Counter(each.connection for each in messages).values()) == [1, 3, 3, 3]


def test_rate(gateway: Start, background: Background) -> None:
    """Five go at once, the others one by one, 0.2 s apart."""
    sink = start_sink(background)
    running = gateway(**_single(sink, limits={"rate": "5/s"}))
    begun = time.monotonic()
    _send(running, 12)
    arrived(sink, 12)
    assert time.monotonic() - begun >= 1.3, "12 messages at 5/s, 5 of them at once, take 1.4 s"
    assert running.queue() == [] or not running.queue("--state", "deferred"), "a rate delays, it fails no attempt"


def test_too_big_for_the_hop(gateway: Start, background: Background) -> None:
    """SIZE is looked at before anything is sent (RFC 1870 6): a report at once, and nothing on the wire."""
    small, home = start_sink(background, replace(PLAIN, size=3000)), start_sink(background, LEGACY)
    running = gateway(**to_sinks(hop=small, home=home))
    post(running, "bo@hop.example", octets=letter(body="0123456789abcdef\r\n" * 300))
    report = read_notification(one(home))
    assert report.statuses == {"5.3.4"}
    assert "3000" in report.text
    assert small.messages == []
    post(running, "small@hop.example")
    arrival(small, "small@hop.example")


def test_one_of_two_hosts_takes_what_is_too_big_for_the_other(gateway: Start, background: Background) -> None:
    small, large = start_sink(background, replace(PLAIN, size=3000)), start_sink(background)
    config = _single(large)
    config["relays"]["hop"] = relay_to(small, large)
    running = gateway(**config)
    post(running, "bo@hop.example", octets=letter(body="0123456789abcdef\r\n" * 300))
    arrival(large, "bo@hop.example")
    settled(running, "bo@hop.example")
    assert not for_recipient(small, "bo@hop.example")


def test_a_host_that_is_down_may_take_what_is_too_big_for_the_other(gateway: Start, background: Background) -> None:
    small = start_sink(background, replace(PLAIN, size=3000))
    config = _single(small)
    config["relays"]["hop"]["hosts"] = [_host(small.port, 10), _host(free_port(), 20)]
    running = gateway(**config)
    post(running, "bo@hop.example", octets=letter(body="0123456789abcdef\r\n" * 300))
    wait_for(lambda: running.queue("--state", "deferred"), what="a deferred delivery")
    assert small.messages == []
