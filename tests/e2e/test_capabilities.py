"""What hops have and lack: waiting, rewriting, converting, and who reports what, on the real wire."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.cli.sink.server import PLAIN, SinkServer
from tests.support.background import Background
from tests.support.configs import letter, to_sinks
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.ports import free_port
from tests.support.post import addresses, arrival, for_recipient, post, settled
from tests.support.reader import parse
from tests.support.reports import read_notification
from tests.support.sinks import LEGACY, one, start_sink

Start = Callable[..., Gateway]
BO = "bo@hop.example"


def _one_down(gateway: Start, lacking: SinkServer, policy: str, *, first: bool) -> Gateway:
    """A hop of two hosts, one of which cannot be reached; `first`: it is the preferred one."""
    config = to_sinks(hop=lacking)
    down = {"host": "127.0.0.1", "port": free_port(), "priority": 5 if first else 15}
    config["relays"]["hop"]["hosts"] = [{"host": "127.0.0.1", "port": lacking.port, "priority": 10}, down]
    config["routes"][0]["smtputf8"] = policy
    return gateway(**config)


@pytest.mark.parametrize("first", [True, False], ids=["the first is down", "the second is down"])
def test_auto_waits_for_the_host_that_may_have_it(first: bool, gateway: Start, background: Background) -> None:
    lacking = start_sink(background, LEGACY)
    running = _one_down(gateway, lacking, "auto", first=first)
    post(running, BO, octets=letter("Grüße"))
    [row] = wait_for(lambda: running.queue("--state", "deferred"), what="a deferred delivery")
    shown = running.cli("queue", "show", row["id"])
    assert "lacks SMTPUTF8" in shown
    assert "does not answer" in shown
    assert lacking.messages == []


@pytest.mark.parametrize("first", [True, False], ids=["the first is down", "the second is down"])
def test_downgrade_rewrites_now(first: bool, gateway: Start, background: Background) -> None:
    lacking = start_sink(background, LEGACY)
    running = _one_down(gateway, lacking, "downgrade", first=first)
    post(running, BO, octets=letter("Grüße"))
    message = one(lacking)
    assert (message.octets.isascii(), message.violations) == (True, ())
    assert parse(message.octets).text("Subject") == "Grüße"
    settled(running, BO)


def test_what_needs_nothing_does_not_wait(gateway: Start, background: Background) -> None:
    lacking = start_sink(background, LEGACY)
    running = _one_down(gateway, lacking, "auto", first=True)
    post(running, BO, mail="SMTPUTF8")
    assert one(lacking).octets.endswith(letter().partition(b"\r\n")[2])


@pytest.mark.parametrize("refusal", ["553 5.6.7 no UTF-8 here after all", "550 5.6.9 no", "555 5.5.4 SMTPUTF8?"])
def test_a_hop_that_offers_smtputf8_and_refuses_it(refusal: str, gateway: Start, background: Background) -> None:
    """As one that lacks it: rewritten once, and then taken."""
    hop = start_sink(background, replace(PLAIN, recipients={"jörg@hop.example": refusal}))
    running = gateway(**to_sinks(hop=hop), ascii_aliases={"jörg@hop.example": "joerg@hop.example"})
    post(running, "jörg@hop.example", octets=letter("Grüße"), mail="SMTPUTF8")
    message = one(hop)
    assert (message.smtputf8, message.octets.isascii(), message.violations) == (False, True, ())
    assert addresses(message) == ["joerg@hop.example"]
    settled(running, "jörg@hop.example")


def test_one_recipient_refused_for_utf8_and_one_taken(gateway: Start, background: Background) -> None:
    """Only the refused one gets the rewritten form."""
    hop = start_sink(background, replace(PLAIN, recipients={"picky@hop.example": "554 5.6.9 no UTF-8 for me"}))
    home = start_sink(background, LEGACY)
    running = gateway(**to_sinks(hop=hop, home=home))
    post(running, BO, "picky@hop.example", octets=letter("Grüße"))
    assert arrival(hop, BO).smtputf8
    report = read_notification(one(home))
    assert report.recipients == (("failed", "5.6.9", "rfc822; picky@hop.example"),)
    assert len(for_recipient(hop, BO)) == 1


def test_8bitmime_conversion(gateway: Start, background: Background) -> None:
    """The innermost part is encoded, the rest stays; the reader finds the same text."""
    hop = start_sink(background, PLAIN.without("8BITMIME", "SMTPUTF8"))
    running = gateway(**to_sinks(hop=hop))
    typed = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    octets = letter(body="Schöne Grüße\r\n").replace(b"\r\n\r\n", b"\r\n" + typed, 1)
    post(running, BO, octets=octets, mail="BODY=8BITMIME")
    message = one(hop)
    assert (message.octets.isascii(), message.body, message.violations) == (True, None, ())
    read = parse(message.octets)
    assert read.encoding in ("quoted-printable", "base64")
    assert read.content == "Schöne Grüße\r\n".encode()


@pytest.mark.parametrize("eightbit", ["strict", "just-send"])
def test_8bitmime_as_the_route_says(eightbit: str, gateway: Start, background: Background) -> None:
    hop, home = start_sink(background, LEGACY), start_sink(background, LEGACY)
    config = to_sinks(hop=hop, home=home)
    config["routes"][0]["eightbit"] = eightbit
    running = gateway(**config)
    octets = letter(body="Grüße\r\n")
    post(running, BO, octets=octets)
    if eightbit == "strict":
        assert read_notification(one(home)).statuses == {"5.6.2"}
        assert hop.messages == []
    else:
        assert one(hop).octets.endswith("Grüße\r\n".encode())


def test_copies_for_the_postmaster(gateway: Start, background: Background) -> None:
    hop = start_sink(background, replace(PLAIN, replies={"RCPT": "550 5.1.1 no such user"}))
    home = start_sink(background, LEGACY)
    reports = {"postmaster": "boss@home.example", "postmaster_copies": ["failure"]}
    running = gateway(**to_sinks(hop=hop, home=home), reports=reports)
    post(running, BO)
    for addressee in ("al@home.example", "boss@home.example"):
        report = read_notification(arrival(home, addressee))
        assert report.statuses == {"5.1.1"}
        assert addressee.encode() in (report.whole.field("To") or b"")
    settled(running, "boss@home.example")
    assert len(home.messages) == 2


@pytest.mark.parametrize("capable", [True, False], ids=["SMTPUTF8", "no SMTPUTF8"])
def test_the_report_for_a_utf8_return_path(capable: bool, gateway: Start, background: Background) -> None:
    """RFC 6533: to a hop that has SMTPUTF8 with UTF-8 in it; else to the postmaster, in ASCII."""
    hop = start_sink(background, replace(PLAIN, replies={"RCPT": "550 5.1.1 no such user"}))
    home = start_sink(background, PLAIN if capable else LEGACY)
    reports = {"postmaster": "boss@home.example"}
    running = gateway(**to_sinks(hop=hop, home=home), reports=reports)
    post(running, "jörg@hop.example", sender="änne@home.example", mail="SMTPUTF8", octets=letter("Grüße"))
    message = arrival(home, "änne@home.example" if capable else "boss@home.example")
    report = read_notification(message)
    assert (report.statuses == {"5.1.1"}) is capable, "the postmaster learns why the report could not be sent"
    assert message.smtputf8 is capable
    assert message.violations == ()
    wait_for(lambda: running.queue() == [], what="an empty queue")
    assert len(home.messages) == 1


def test_success_is_told_by_the_one_who_can(gateway: Start, background: Background) -> None:
    """One message, two hops: the one with DSN takes the duty over, for the other we report (RFC 3461 5.2)."""
    hop, old, home = start_sink(background), start_sink(background, LEGACY), start_sink(background, LEGACY)
    running = gateway(**to_sinks(hop=hop, old=old, home=home))
    post(running, BO, "cy@old.example", mail="RET=HDRS ENVID=QQ314159", rcpt="NOTIFY=SUCCESS,FAILURE")
    [wanted] = arrival(hop, BO).recipients[0].parameters
    assert set(wanted.removeprefix("NOTIFY=").split(",")) == {"SUCCESS", "FAILURE"}
    message = one(home)
    [(action, status, final)] = read_notification(message).recipients
    assert (action, status[0], final) == ("relayed", "2", "rfc822; cy@old.example")
    assert b"Original-Envelope-Id: QQ314159" in message.octets
