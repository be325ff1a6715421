"""Who is told what: NOTIFY, RET, ENVID and null senders (RFC 3461), over the wire."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.cli.sink.server import PLAIN
from tests.support.background import Background
from tests.support.configs import letter, to_sinks
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.reports import read_notification
from tests.support.sinks import LEGACY, arrived, one, start_sink
from tests.support.smtp_client import submit

AL = "al@home.example"
REFUSING = replace(LEGACY, replies={"RCPT": "550 5.1.1 no such user"})


@pytest.fixture
def world(gateway: Callable[..., Gateway], background: Background):
    """`refusing.example` refuses every recipient, `legacy.example` knows no DSN; senders live at `home.example`."""
    sinks = {
        "refusing": start_sink(background, REFUSING),
        "legacy": start_sink(background, LEGACY),
        "modern": start_sink(background, PLAIN),
        "home": start_sink(background, LEGACY),
    }
    return gateway(**to_sinks(**sinks)), sinks


def _send(running: Gateway, recipient: str, *, sender: str = AL, mail: str = "", rcpt: str = "") -> None:
    with running.smtp() as client:
        assert submit(client, sender, [recipient], letter(), parameters=mail, rcpt=rcpt).taken
    wait_for(lambda: not running.queue(), what="an empty queue")


@pytest.mark.parametrize(
    ("sender", "notify"),
    [
        (AL, "NEVER"),
        (AL, "SUCCESS"),
        (AL, "DELAY"),
        ("", ""),
        ("", "FAILURE"),
    ],
)
def test_nobody_is_told(world, sender: str, notify: str) -> None:
    running, sinks = world
    _send(running, "bo@refusing.example", sender=sender, rcpt=notify and f"NOTIFY={notify}")
    assert sinks["home"].messages == []


@pytest.mark.parametrize("notify", ["", "FAILURE", "SUCCESS,FAILURE,DELAY"])
def test_the_sender_is_told_of_a_failure_once(world, notify: str) -> None:
    running, sinks = world
    _send(running, "bo@refusing.example", mail="ENVID=a+2Bb RET=HDRS", rcpt=notify and f"NOTIFY={notify}")
    [message] = sinks["home"].messages
    report = read_notification(message)
    assert report.statuses == {"5.1.1"}
    assert "no such user" in report.text
    assert b"Original-Envelope-Id: a+b" in message.octets
    assert b"All is well." not in message.octets, "RET=HDRS: the body is not returned"


def test_success_is_told_where_the_hop_cannot(world) -> None:
    """RFC 3461 5.2.2: relayed to a server that does not know DSN."""
    running, sinks = world
    _send(running, "bo@legacy.example", rcpt="NOTIFY=SUCCESS ORCPT=rfc822;Bo@legacy.example")
    [(action, status, _)] = read_notification(one(sinks["home"])).recipients
    assert (action, status[0]) == ("relayed", "2")


def test_success_is_left_to_a_hop_that_can(world) -> None:
    running, sinks = world
    wanted = "NOTIFY=SUCCESS ORCPT=rfc822;Bo+2Bx@modern.example"
    _send(running, "bo@modern.example", mail="RET=FULL ENVID=x", rcpt=wanted)
    [recipient] = one(sinks["modern"]).recipients
    assert set(recipient.parameters) == set(wanted.split())
    assert {"RET=FULL", "ENVID=x"} <= set(sinks["modern"].messages[0].parameters)
    assert sinks["home"].messages == []


def test_a_report_that_fails_ends_there(gateway: Callable[..., Gateway], background: Background) -> None:
    refusing = start_sink(background, REFUSING)
    running = gateway(**to_sinks(refusing=refusing))
    _send(running, "bo@refusing.example", sender="al@refusing.example")
    assert refusing.messages == []
    assert running.queue() == []


def test_a_delay_is_told_once(gateway: Callable[..., Gateway], background: Background) -> None:
    waiting = start_sink(background, replace(PLAIN, replies={"RCPT": "450 4.2.0 busy"}))
    home = start_sink(background, LEGACY)
    config = to_sinks(waiting=waiting, home=home)
    running = gateway(**config, reports={"delay_after": "1s"})
    with running.smtp() as client:
        assert submit(client, AL, ["bo@waiting.example"], letter(), rcpt="NOTIFY=DELAY").taken
    report = read_notification(one(home))
    assert [action for action, _, _ in report.recipients] == ["delayed"]
    attempts = running.queue()[0]["attempts"]
    wait_for(lambda: running.queue()[0]["attempts"] >= attempts + 2, what="two more attempts")
    assert len(home.messages) == 1


def test_mail_that_expires_is_reported(gateway: Callable[..., Gateway], background: Background) -> None:
    waiting = start_sink(background, replace(PLAIN, replies={"RCPT": "450 4.2.0 busy"}))
    home = start_sink(background, LEGACY)
    config = to_sinks(waiting=waiting, home=home)
    config["routes"][0]["retry"] = {"first": "1s", "factor": 1, "max": "1s", "expire": "3s"}
    running = gateway(**config)
    with running.smtp() as client:
        assert submit(client, AL, ["bo@waiting.example"], letter()).taken
    report = read_notification(one(home))
    assert report.recipients[0][0] == "failed"
    assert "busy" in report.text


def test_one_report_for_all_recipients_that_fail_together(world) -> None:
    running, sinks = world
    recipients = [f"r{number}@refusing.example" for number in range(5)]
    with running.smtp() as client:
        assert submit(client, AL, recipients, letter()).taken
    wait_for(lambda: not running.queue(), what="an empty queue")
    [message] = arrived(sinks["home"])
    assert len(read_notification(message).recipients) == 5
