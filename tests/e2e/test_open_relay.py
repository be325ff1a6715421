"""Never an open relay: the usual tricks, from a client that is not trusted (RFC 5321 7.1; RFC 2505 2.1)."""

import os
import signal
import socket
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.background import Background
from tests.support.configs import letter, route
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.ports import free_ports
from tests.support.sinks import arrived, relay_to, start_sink
from tests.support.smtp_client import submit

STRANGER = "127.0.0.9"

TRICKS = (
    "<victim@elsewhere.example>",
    "<victim%elsewhere.example@home.example>",
    "<victim%elsewhere.example@gw.example>",
    "<victim%elsewhere.example@partner.example>",
    "<elsewhere.example!victim@partner.example>",
    '<"victim@elsewhere.example"@partner.example>',
    "<victim%elsewhere.example@[127.0.0.1]>",
    "<victim%elsewhere.example>",
    "<elsewhere.example!victim@home.example>",
    "<elsewhere.example!victim>",
    "<@home.example:victim@elsewhere.example>",
    "<@gw.example,@home.example:victim@elsewhere.example>",
    '<"victim@elsewhere.example"@home.example>',
    '<"victim@elsewhere.example">',
    '<"victim%elsewhere.example"@gw.example>',
    "<victim@elsewhere.example@home.example>",
    "<victim@home.example@elsewhere.example>",
    "<victim@[127.0.0.1]>",
    "<victim@[IPv6:::1]>",
    "<victim@127.0.0.1>",
    "<victim@localhost>",
    "<victim@home.example.elsewhere.example>",
    "<victim@elsewhere.example.>",
    "<victim@elsewhere.example\0home.example>",
    "<victim>",
    "victim@elsewhere.example",
    "<<victim@elsewhere.example>>",
    "<victim@elsewhere.example> ORCPT=rfc822;ok@home.example",
)

SENDERS = ("stranger@elsewhere.example", "postmaster@home.example", "someone@gw.example", "x@[127.0.0.1]", "")


@pytest.fixture
def world(gateway: Callable[..., Gateway], background: Background):
    """A gateway with a domain of its own, one relayed for anyone, and the rest for trusted clients only."""
    sink = start_sink(background)
    running = gateway(
        domains=[{"name": "home.example"}],
        relays={"open": relay_to(sink)},
        routes=[
            {"name": "local", "when": {"local": True}, "deliver": "mailbox"},
            route("partner.example", "open", accept_from="anyone"),
            {"name": "rest", "deliver": {"relay": "open"}},
        ],
    )
    return running, sink


@pytest.mark.parametrize("sender", SENDERS)
def test_a_stranger_reaches_nobody_elsewhere(world, sender: str) -> None:
    running, sink = world
    for trick in TRICKS:
        with running.smtp(source=STRANGER) as client:
            assert client.say(f"MAIL FROM:<{sender}>").code in (250, 501, 550)
            answer = client.say(f"RCPT TO:{trick}")
            assert answer.code // 100 == 5, f"{trick} was answered {answer}"
            data = client.say("DATA")
            assert data.code // 100 == 5, f"DATA after {trick} was answered {data}"
    assert running.queue() == []
    assert sink.messages == []


def test_a_stranger_reaches_what_is_open_to_anyone(world) -> None:
    running, sink = world
    with running.smtp(source=STRANGER) as client:
        assert submit(client, "stranger@elsewhere.example", ["al@partner.example"], letter()).taken
    [message] = arrived(sink)
    assert message.recipients[0].address == "al@partner.example"


def test_a_trusted_client_reaches_anybody(world) -> None:
    running, sink = world
    with running.smtp() as client:
        assert submit(client, "al@home.example", ["someone@elsewhere.example"], letter()).taken
    [message] = arrived(sink)
    assert message.recipients[0].address == "someone@elsewhere.example"


def test_postmaster_is_accepted_from_anyone(world) -> None:
    running, _ = world
    with running.smtp(source=STRANGER) as client:
        client.say("MAIL FROM:<>")
        assert client.say("RCPT TO:<postmaster>").code == 250
        assert client.say("RCPT TO:<PostMaster@home.example>").code == 250


def test_trust_is_by_address_not_by_name(world) -> None:
    running, sink = world
    with running.smtp(source=STRANGER) as client:
        client.say("EHLO localhost")
        client.say("MAIL FROM:<root@localhost>")
        assert client.say("RCPT TO:<victim@elsewhere.example>").code // 100 == 5
    assert sink.messages == []


def test_a_client_that_resets_before_it_is_accepted_is_nobody(tmp_path: Path) -> None:
    """Its octets can still be read, but it has no address any more: no PROXY header of its is believed."""
    [port] = free_ports(1)
    made = Gateway(tmp_path, {"trusted_networks": ["192.0.2.7/32"], "routes": [{"name": "held", "deliver": "hold"}]})
    proxied = {"name": "px", "protocol": "smtp", "bind": f"127.0.0.1:{port}", "proxy_protocol": True}
    made.write(listeners=[*made.config["listeners"], proxied | {"proxies": ["127.0.0.1/32"]}])
    claim = b"PROXY TCP4 192.0.2.7 192.0.2.8 1 25\r\nEHLO x\r\nMAIL FROM:<a@b.example>\r\n"
    octets = claim + b"RCPT TO:<victim@elsewhere.example>\r\nBDAT %d LAST\r\n%s" % (len(letter()), letter())
    with made as running:
        [worker] = running.workers
        os.kill(worker, signal.SIGSTOP)
        with socket.create_connection(("127.0.0.1", port), source_address=(STRANGER, 0)) as client:
            client.sendall(octets)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.kill(worker, signal.SIGCONT)
        with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
            client.sendall(octets + b"QUIT\r\n")
            wait_for(lambda: len(running.queue()) >= 1, what="the message that the true proxy brought")
        assert len(running.queue()) == 1


@pytest.mark.parametrize("trick", [each for each in TRICKS if "home.example>" in each])
def test_nor_by_way_of_a_domain_of_ours_that_is_relayed_on(
    trick: str, gateway: Callable[..., Gateway], background: Background
) -> None:
    sink = start_sink(background)
    running = gateway(
        domains=[{"name": "home.example"}],
        relays={"open": relay_to(sink)},
        routes=[{"name": "all", "deliver": {"relay": "open"}}],
    )
    with running.smtp(source=STRANGER) as client:
        client.say("MAIL FROM:<stranger@elsewhere.example>")
        answer = client.say(f"RCPT TO:{trick}")
    assert answer.code >= 500, answer
    assert sink.messages == []
