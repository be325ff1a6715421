"""Next hops that misbehave: no message is lost, none is blamed for its hop, none arrives twice."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.cli.sink.server import PLAIN
from tests.support.background import Background
from tests.support.configs import letter, route, to_sinks
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.ports import free_port
from tests.support.reports import read_notification
from tests.support.sinks import arrived, below_trace, one, relay_to, restart_sink, start_sink
from tests.support.smtp_client import submit
from tests.support.stepped_hop import SteppedHop

SENDER, RECIPIENT = "al@home.example", "bo@hop.example"


def _send(running: Gateway, count: int = 1, octets: bytes | None = None) -> None:
    with running.smtp() as client:
        for number in range(count):
            assert submit(client, SENDER, [RECIPIENT], octets or letter(number=number)).taken


def test_helo_only(gateway: Callable[..., Gateway], background: Background) -> None:
    hop = start_sink(background, replace(PLAIN, helo_only=True))
    running = gateway(**to_sinks(hop=hop))
    _send(running, octets=letter("Grüße", body="Grüße\r\n"))
    message = one(hop)
    assert message.verb == "HELO"
    assert message.octets.isascii()
    assert message.parameters == ()


@pytest.mark.parametrize(
    "trouble",
    [
        replace(PLAIN, drop_after_octets=100),
        replace(PLAIN, drop_after="CONNECT"),
        replace(PLAIN, drop_after="MAIL"),
        replace(PLAIN, drop_after="."),
        replace(PLAIN, replies={"CONNECT": "421 4.3.2 not now"}),
        replace(PLAIN, replies={"CONNECT": "554 5.3.2 never here"}),
        replace(PLAIN, replies={"MAIL": "451 4.3.0 later"}),
        replace(PLAIN, replies={"DATA": "451 4.3.0 later", "BDAT": "451 4.3.0 later"}),
        replace(PLAIN, replies={"RCPT": "450 4.2.0 busy"}),
        replace(PLAIN, replies={"EHLO": "421 4.3.2 not now"}),
        replace(PLAIN, fail=1),
    ],
    ids=[
        "drops in the data", "drops at once", "drops at MAIL", "drops after the data", "greets with 421",
        "greets with 554", "defers MAIL", "defers DATA", "defers RCPT", "421 to EHLO", "defers once",
    ],
)  # fmt: skip
def test_trouble_delays_and_loses_nothing(trouble, gateway: Callable[..., Gateway], background: Background) -> None:
    with Background() as first:
        bad = start_sink(first, trouble)
        running = gateway(**to_sinks(hop=bad))
        _send(running, 2)
        wait_for(lambda: bad.messages or running.queue("--state", "deferred"), what="the first attempts")
    good = restart_sink(background, bad, PLAIN)
    wait_for(lambda: running.queue() == [], within=40, what="an empty queue")
    found = [below_trace(message.octets) for message in [*bad.messages, *good.messages]]
    assert set(found) == {letter(number=0), letter(number=1)}
    assert len(found) == 2


def test_a_hop_that_hangs_holds_up_nobody_else(gateway: Callable[..., Gateway], background: Background) -> None:
    hop, other = start_sink(background, replace(PLAIN, hang_after="MAIL")), start_sink(background)
    running = gateway(**to_sinks(hop=hop, other=other))
    _send(running, 50)
    with running.smtp() as client:
        assert submit(client, SENDER, ["bo@other.example"], letter()).taken
    one(other)
    assert hop.messages == []
    assert len(running.queue()) == 50


def test_421_after_each_message(gateway: Callable[..., Gateway], background: Background) -> None:
    hop = start_sink(background, replace(PLAIN, close_after_message=True))
    running = gateway(**to_sinks(hop=hop))
    _send(running, 30)
    messages = arrived(hop, 30, within=60)
    wait_for(lambda: running.queue() == [], what="an empty queue")
    assert len(hop.messages) == 30
    assert {below_trace(message.octets) for message in messages} == {letter(number=n) for n in range(30)}


def test_a_hop_that_is_down_for_a_while(gateway: Callable[..., Gateway], background: Background) -> None:
    with Background() as first:
        hop = start_sink(first)
        running = gateway(**to_sinks(hop=hop))
    _send(running, 5)
    wait_for(lambda: len(running.queue("--state", "deferred")) == 5, what="five deferred deliveries")
    hop = restart_sink(background, hop, PLAIN)
    arrived(hop, 5, within=40)
    wait_for(lambda: running.queue() == [], what="an empty queue")
    assert len(hop.messages) == 5


def test_the_second_host_takes_over(gateway: Callable[..., Gateway], background: Background) -> None:
    second = start_sink(background)
    config = to_sinks(hop=second)
    config["relays"]["hop"]["hosts"] = [f"127.0.0.1:{free_port()}", f"127.0.0.1:{second.port}"]
    running = gateway(**config)
    _send(running)
    one(second)


def test_utf8_waits_for_a_host_that_may_have_it(gateway: Callable[..., Gateway], background: Background) -> None:
    """One host lacks SMTPUTF8, the other is down: under `auto` the message waits until it is back."""
    lacking = start_sink(background, PLAIN.without("SMTPUTF8"))
    with Background() as first:
        capable = start_sink(first)
        config = to_sinks(hop=lacking)
        config["relays"]["hop"] = relay_to(lacking, capable)
        config["routes"][0]["smtputf8"] = "auto"
    running = gateway(**config)
    _send(running, octets=letter("Grüße"))
    wait_for(lambda: running.queue("--state", "deferred"), what="a deferred delivery")
    capable = restart_sink(background, capable, PLAIN)
    assert one(capable, within=40).smtputf8
    assert lacking.messages == []


def test_a_refusal_is_final_and_reported_once(gateway: Callable[..., Gateway], background: Background) -> None:
    hop = start_sink(background, replace(PLAIN, replies={"RCPT": "550 5.1.1 no such user here"}))
    home = start_sink(background)
    running = gateway(**to_sinks(hop=hop, home=home))
    _send(running)
    report = read_notification(one(home))
    assert report.recipients == (("failed", "5.1.1", "rfc822; bo@hop.example"),) or report.statuses == {"5.1.1"}
    assert "no such user here" in report.text
    wait_for(lambda: running.queue() == [], what="an empty queue")
    assert len(home.messages) == 1


def test_smtputf8_offered_and_then_refused(gateway: Callable[..., Gateway], background: Background) -> None:
    """Offered, then 5.6.7 answered: as lacking it. Under `downgrade` it is tried once more, rewritten."""
    hop = start_sink(background, replace(PLAIN, replies={".": "554 5.6.7 no SMTPUTF8 here after all"}))
    home = start_sink(background)
    running = gateway(**to_sinks(hop=hop, home=home))
    _send(running, octets=letter("Grüße"))
    report = read_notification(one(home))
    assert report.statuses == {"5.6.7"}
    wait_for(lambda: running.queue() == [], what="an empty queue")


def test_an_attempt_that_outlives_its_lease_is_not_begun_again(gateway: Callable[..., Gateway]) -> None:
    with SteppedHop() as hop:
        relays = {"slow": {"hosts": [{"host": "127.0.0.1", "port": hop.port}], "tls": "none"}}
        running = gateway(relays=relays, routes=[route("hop.example", "slow")], queue={"lease": "1s"})
        _send(running)
        hop.receive()
        assert not hop.is_called_again(within=4)
        assert [row["state"] for row in running.queue()] == ["leased"]
        hop.accept()
        wait_for(lambda: running.queue() == [], what="the delivery")
