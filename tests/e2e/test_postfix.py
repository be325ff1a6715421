"""Postfix before and behind the gateway, and swaks at its door."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.background import Background
from tests.support.configs import letter, route, to_sinks
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.peers import installed
from tests.support.ports import free_port
from tests.support.postfix import Postfix
from tests.support.postfix_tools import Load, SmtpSink
from tests.support.reader import parse
from tests.support.sinks import LEGACY, below_trace, one, start_sink
from tests.support.smtp_client import Client, submit

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="needs root: Postfix starts as root only")


def _swaks(port: int, *options: str) -> subprocess.CompletedProcess[str]:
    command = [installed("swaks"), "--server", f"127.0.0.1:{port}", "--from", "al@home.example", *options]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


@pytest.mark.peer("swaks")
def test_swaks(gateway: Callable[..., Gateway], background: Background) -> None:
    sink = start_sink(background)
    running = gateway(**to_sinks(old=sink))
    done = _swaks(running.port, "--to", "bo@old.example", "--header", "Subject: from swaks")
    assert done.returncode == 0, done.stdout
    assert parse(one(sink).octets).text("Subject") == "from swaks"


@pytest.mark.peer("smtp-source", "smtp-sink")
@pytest.mark.parametrize("reuse", [True, False], ids=["connections reused", "one message each"])
def test_every_message_of_smtp_source_arrives(reuse: bool, gateway: Callable[..., Gateway]) -> None:
    with SmtpSink() as sink:
        hop = {"hosts": [f"127.0.0.1:{sink.port}"], "tls": "none"}
        running = gateway(relays={"sink": hop}, routes=[route("sink.example", "sink")], workers=2)
        Load(500, 2048, reuse=reuse).send(running.port)
        wait_for(lambda: sink.count >= 500, within=60, what="500 messages")
        wait_for(lambda: not running.queue(), what="an empty queue")
        assert sink.count == 500


@needs_root
@pytest.mark.peer("postfix")
def test_postfix_behind_the_gateway(gateway: Callable[..., Gateway], background: Background, tmp_path: Path) -> None:
    """It offers SMTPUTF8: UTF-8 mail goes there as it is."""
    sink = start_sink(background)
    with Postfix(tmp_path / "postfix", free_port(), sink.port) as postfix:
        relays = {"postfix": {"hosts": [f"127.0.0.1:{postfix.port}"]}}
        running = gateway(relays=relays, routes=[route("old.example", "postfix")])
        octets = letter("Grüße", body="Grüße\r\n")
        with running.smtp() as client:
            done = submit(client, "al@home.example", ["jörg@old.example"], octets, parameters="SMTPUTF8 BODY=8BITMIME")
        assert done.taken
        message = one(sink)
    assert message.smtputf8
    assert message.octets.endswith(octets)


@needs_root
@pytest.mark.peer("postfix", "smtp-source")
def test_postfix_before_the_gateway(gateway: Callable[..., Gateway], background: Background, tmp_path: Path) -> None:
    """It asks for SMTPUTF8 on behalf of its client: the gateway drops what nothing needs, and rewrites the rest."""
    sink = start_sink(background, LEGACY)
    running = gateway(**to_sinks(old=sink))
    with Postfix(tmp_path / "postfix", free_port(), running.port) as postfix:
        with Client(postfix.port) as client:
            client.greet()
            assert submit(client, "al@home.example", ["bo@old.example"], letter("Grüße"), parameters="SMTPUTF8").taken
        message = one(sink)
    assert message.violations == ()
    assert parse(below_trace(message.octets)).text("Subject") == "Grüße"
