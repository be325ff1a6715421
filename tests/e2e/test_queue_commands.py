"""`gateway queue`, on a running gateway and on a stopped one."""

from collections.abc import Callable
from datetime import datetime

import pytest

from tests.support.background import Background
from tests.support.configs import letter, route, to_sinks
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.ports import free_port
from tests.support.sinks import one, start_sink
from tests.support.smtp_client import submit

SENDER = "al@home.example"
FIELDS = {
    "id", "delivery", "message_id", "sender", "recipient", "state", "route", "attempts", "due", "last_reply", "needs",
}  # fmt: skip
HOLD = {"name": "holding", "deliver": "hold"}


@pytest.fixture(params=["running", "stopped"])
def holding(request: pytest.FixtureRequest, gateway: Callable[..., Gateway]) -> Gateway:
    """A gateway with a message to two held recipients; it runs, or it has been stopped."""
    made = gateway(routes=[HOLD])
    with made.smtp() as client:
        assert submit(client, SENDER, ["bo@old.example", "jörg@old.example"], letter("Grüße")).taken
    if request.param == "stopped":
        made.stop()
    return made


def test_list_shows_every_recipient(holding: Gateway) -> None:
    rows = holding.queue()
    assert {row["recipient"] for row in rows} == {"bo@old.example", "jörg@old.example"}
    assert all(set(row) >= FIELDS for row in rows)
    assert {row["id"] for row in rows} == {rows[0]["id"]}
    assert len({row["delivery"] for row in rows}) == 2
    assert {(row["state"], row["route"], row["attempts"], row["sender"]) for row in rows} == {
        ("held", "holding", 0, SENDER)
    }
    assert rows[0]["message_id"] == "<letter-1@home.example>"
    assert datetime.fromisoformat(rows[0]["due"]).tzinfo is not None
    assert rows[0]["needs"] == ["smtputf8"]


def test_filters(holding: Gateway) -> None:
    assert len(holding.queue("--recipient", "jörg@old.example")) == 1
    assert len(holding.queue("--sender", SENDER)) == 2
    assert holding.queue("--sender", "nobody@home.example") == []
    assert len(holding.queue("--domain", "old.example")) == 2
    assert len(holding.queue("--route", "holding")) == 2
    assert holding.queue("--state", "deferred") == []


def test_show_for_people(holding: Gateway) -> None:
    [row, _] = holding.queue()
    shown = holding.cli("queue", "show", row["id"])
    assert "jörg@old.example" in shown
    assert "Subject" in shown


def test_drop_is_final_for_one_recipient(holding: Gateway) -> None:
    rows = holding.queue()
    holding.cli("queue", "drop", rows[0]["delivery"])
    assert [row["delivery"] for row in holding.queue()] == [rows[1]["delivery"]]
    holding.cli("queue", "drop", rows[1]["id"])
    assert holding.queue() == []


def test_an_unknown_id_is_an_error_in_one_line(holding: Gateway) -> None:
    said = holding.cli("queue", "show", "nosuchmessage", ok=False)
    assert len(said.strip().splitlines()) == 1
    assert "Traceback" not in said


def test_release_and_retry_after_the_hop_is_back(gateway: Callable[..., Gateway], background: Background) -> None:
    slow = {"first": "1h", "factor": 2, "max": "2h", "expire": "5d"}
    port = free_port()
    relays = {"old": {"hosts": [f"127.0.0.1:{port}"], "tls": "none"}}
    running = gateway(relays=relays, routes=[route("old.example", "old", retry=slow)])
    with running.smtp() as client:
        assert submit(client, SENDER, ["bo@old.example"], letter()).taken
    [row] = wait_for(lambda: running.queue("--state", "deferred"), what="a deferred delivery")
    assert row["attempts"] == 1
    assert row["last_reply"]
    running.cli("queue", "hold", row["id"])
    assert [each["state"] for each in running.queue()] == ["held"]
    running.cli("queue", "release", row["id"])
    wait_for(lambda: [each["attempts"] for each in running.queue("--state", "deferred")] == [2], what="an attempt")
    sink = start_sink(background, port=port)
    running.cli("queue", "retry", row["id"])
    one(sink)
    wait_for(lambda: running.queue() == [], what="an empty queue")


def test_the_history_tells_what_became_of_it(gateway: Callable[..., Gateway], background: Background) -> None:
    sink = start_sink(background)
    running = gateway(**to_sinks(old=sink))
    with running.smtp() as client:
        done = submit(client, SENDER, ["bo@old.example"], letter(), parameters="SMTPUTF8")
    assert done.data is not None
    one(sink)
    wait_for(lambda: running.queue() == [], what="an empty queue")
    name = next(word for word in done.data.text.replace(",", " ").split() if len(word) == 14 and word.isalnum())
    shown = running.cli("queue", "show", name)
    assert "delivered" in shown
    assert "bo@old.example" in shown
    assert "SMTPUTF8 not sent" in shown
