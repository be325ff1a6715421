"""STARTTLS as a client of today does it, with the certificate that the gateway makes for itself."""

from collections.abc import Callable

import pytest

from tests.support.background import Background
from tests.support.configs import letter, to_sinks
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.ports import free_port
from tests.support.sinks import one, start_sink
from tests.support.smtp_client import Client, submit

SENDER, RECIPIENT = "al@home.example", "bo@old.example"


@pytest.mark.parametrize("policy", ["opportunistic", "encrypt"])
def test_mail_in_and_out_under_tls(policy: str, gateway: Callable[..., Gateway], background: Background) -> None:
    """The second gateway is the hop, so that both sides are spoken."""
    sink = start_sink(background)
    behind = gateway(**to_sinks(old=sink))
    relays = {"behind": {"hosts": [f"127.0.0.1:{behind.port}"], "tls": policy}}
    before = gateway(relays=relays, routes=[{"name": "all", "deliver": {"relay": "behind"}}])
    with before.smtp() as client:
        assert client.say("STARTTLS").code == 220
        client.encrypt()
        assert "REQUIRETLS" in client.say("EHLO client.example").text
        assert submit(client, SENDER, [RECIPIENT], letter()).taken
    octets = one(sink).octets
    assert octets.count(b"with ESMTPS") == 2


def test_a_certificate_nobody_vouches_for_is_refused_where_it_has_to_be_valid(
    gateway: Callable[..., Gateway], background: Background
) -> None:
    sink = start_sink(background)
    behind = gateway(**to_sinks(old=sink))
    relays = {"behind": {"hosts": [f"127.0.0.1:{behind.port}"], "tls": "verify"}}
    before = gateway(relays=relays, routes=[{"name": "all", "deliver": {"relay": "behind"}}])
    with before.smtp() as client:
        assert submit(client, SENDER, [RECIPIENT], letter()).taken
    [row] = _deferred(before)
    assert "certificate" in row["last_reply"]
    assert sink.messages == []


def _deferred(running: Gateway) -> list[dict[str, str]]:
    return wait_for(lambda: running.queue("--state", "deferred"), what="a deferred delivery")


def test_tls_from_the_first_octet(gateway: Callable[..., Gateway], background: Background) -> None:
    sink = start_sink(background)
    port = free_port()
    config = to_sinks(old=sink)
    running = gateway(**config)
    listener = {"name": "submissions", "protocol": "submission", "bind": f"127.0.0.1:{port}", "tls": "implicit"}
    running.stop()
    running.write(listeners=[*running.config["listeners"], listener])
    running.start()
    with Client(port) as client:
        client.encrypt()
        assert client.greet().code == 250
        assert submit(client, SENDER, [RECIPIENT], letter()).taken
    assert b"with ESMTPS" in one(sink).octets


def test_what_was_pipelined_before_tls_is_forgotten(gateway: Callable[..., Gateway]) -> None:
    """RFC 3207 5: an attacker's commands before the handshake never take effect after it."""
    running = gateway(routes=[{"name": "all", "deliver": "hold"}])
    with running.smtp() as client:
        client.send(b"STARTTLS\r\nMAIL FROM:<evil@home.example>\r\nRCPT TO:<bo@old.example>\r\n")
        assert client.answer().code == 220
        client.encrypt()
        assert client.say("EHLO client.example").code == 250
        assert client.say("RCPT TO:<bo@old.example>").code == 503
