"""Reload, clean stop, and workers that die."""

import json
import os
import signal
import sqlite3
from collections.abc import Callable

from tests.support.background import Background
from tests.support.configs import letter, route, to_sinks
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.sinks import arrived, one, relay_to, start_sink
from tests.support.smtp_client import submit

SENDER = "al@home.example"


def test_reload_takes_new_routes_and_keeps_connections(gateway: Callable[..., Gateway], background: Background) -> None:
    old, new = start_sink(background), start_sink(background)
    running = gateway(**to_sinks(old=old), workers=2)
    with running.smtp() as before:
        assert before.say(f"MAIL FROM:<{SENDER}>").code == 250
        assert before.say("RCPT TO:<bo@new.example>").code == 550
        changed = to_sinks(old=old, new=new)
        running.write(**changed)
        running.reload()
        wait_for(lambda: _accepted(running, "bo@new.example"), what="the new route")
        assert before.say("RCPT TO:<bo@old.example>").code == 250
        assert before.say("RSET").code == 250
        assert submit(before, SENDER, ["bo@new.example"], letter()).taken
    one(new)


def _accepted(running: Gateway, recipient: str) -> bool:
    with running.smtp() as client:
        client.say(f"MAIL FROM:<{SENDER}>")
        return client.say(f"RCPT TO:<{recipient}>").code == 250


def test_a_bad_file_changes_nothing(gateway: Callable[..., Gateway], background: Background) -> None:
    old = start_sink(background)
    running = gateway(**to_sinks(old=old))
    running.file.write_text(json.dumps(running.config | {"hostnam": "x"}))
    running.reload()
    wait_for(lambda: "did you mean" in running.tail(), what="the complaint in the log")
    assert _accepted(running, "bo@old.example")


def test_what_a_reload_cannot_change_is_said(gateway: Callable[..., Gateway], background: Background) -> None:
    running = gateway(**to_sinks(old=start_sink(background)))
    running.file.write_text(json.dumps(running.config | {"workers": 3, "data": "elsewhere"}))
    running.reload()
    wait_for(lambda: "this change needs a restart" in running.tail(), what="the warning in the log")
    assert '"data","workers"' in running.tail()
    assert _accepted(running, "bo@old.example")


def test_waiting_mail_is_routed_again_after_a_reload(gateway: Callable[..., Gateway], background: Background) -> None:
    sink = start_sink(background)
    held = {"name": "held", "when": {"recipient_domain": ["old.example"]}, "deliver": "hold"}
    running = gateway(relays={"old": relay_to(sink)}, routes=[held])
    with running.smtp() as client:
        assert submit(client, SENDER, ["bo@old.example"], letter()).taken
    [row] = running.queue()
    assert row["state"] == "held"
    running.write(routes=[route("old.example", "old")])
    running.reload()
    wait_for(lambda: running.cli("queue", "release", row["id"]) is not None, what="release")
    one(sink)


def test_stopping_lets_the_message_in_flight_finish(gateway: Callable[..., Gateway], background: Background) -> None:
    sink = start_sink(background)
    running = gateway(**to_sinks(old=sink))
    with running.smtp() as client:
        client.say(f"MAIL FROM:<{SENDER}>")
        client.say("RCPT TO:<bo@old.example>")
        assert client.say("DATA").code == 354
        client.send(letter()[:50])
        os.kill(running.pid, signal.SIGTERM)
        wait_for(lambda: "worker stopping" in running.tail(), what="the stop")
        client.send(letter()[50:] + b".\r\n")
        assert client.answer().code == 250
    running.stop()
    if not sink.messages:
        running.start()
    one(sink)


def test_stopping_tells_idle_clients(gateway: Callable[..., Gateway]) -> None:
    running = gateway(routes=[{"name": "all", "deliver": "hold"}])
    with running.smtp() as client:
        os.kill(running.pid, signal.SIGTERM)
        assert client.answer().code == 421
        assert client.closed()
    running.stop()


def test_a_worker_that_dies_is_replaced(gateway: Callable[..., Gateway], background: Background) -> None:
    sink = start_sink(background)
    running = gateway(**to_sinks(old=sink), workers=2)
    before = set(running.workers)
    assert len(before) == 2
    gone = running.kill_worker()
    wait_for(lambda: len(running.workers) == 2 and gone not in running.workers, what="another worker")
    running.wait_ready()
    for number in range(20):
        with running.smtp() as client:
            assert submit(client, SENDER, ["bo@old.example"], letter(number=number)).taken
    arrived(sink, 20)
    wait_for(lambda: running.metric("gateway_worker_restarts_total") == 1, what="the count")


def test_mail_survives_a_power_cut(gateway: Callable[..., Gateway]) -> None:
    held = {"name": "held", "deliver": "hold"}
    running = gateway(routes=[held], workers=2)
    with running.smtp() as client:
        for number in range(20):
            assert submit(client, SENDER, ["bo@old.example"], letter(number=number)).taken
    running.kill()
    running.start()
    assert {row["message_id"] for row in running.queue()} == {f"<letter-{n}@home.example>" for n in range(20)}


def test_a_worker_in_place_of_a_dead_one_has_what_was_reloaded(gateway: Callable[..., Gateway]) -> None:
    running = gateway(routes=[])
    assert not _accepted(running, "bo@new.example")
    running.write(routes=[{"name": "held", "deliver": "hold"}])
    running.reload()
    wait_for(lambda: _accepted(running, "bo@new.example"), what="the new route")
    gone = running.kill_worker()
    wait_for(lambda: set(running.workers) - {gone}, what="another worker")
    running.wait_ready()
    assert _accepted(running, "bo@new.example")


def test_reloading_while_a_worker_starts_does_not_kill_it(gateway: Callable[..., Gateway]) -> None:
    running = gateway(routes=[])
    gone = running.kill_worker()
    [fresh] = wait_for(lambda: set(running.workers) - {gone}, what="another worker")
    for _ in range(20):
        running.reload()
    running.wait_ready()
    assert running.workers == [fresh]


def test_a_queue_of_a_newer_version_is_refused_at_once(gateway: Callable[..., Gateway]) -> None:
    running = gateway(routes=[])
    running.stop()
    running.sound = False
    with sqlite3.connect(running.data / "queue" / "00" / "queue.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    running.start(ready=False)
    assert running.process is not None
    assert running.process.wait(20) == 1
    assert running.tail().splitlines()[-1].endswith("use a newer one")
    running.kill()
