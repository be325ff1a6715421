"""Accept latency: from the end of the data to the 250, of a client that sends while others load the relay."""

import subprocess
import time

from benchmarks.relays import Relay
from tests.support.patience import wait_for
from tests.support.postfix_tools import Load
from tests.support.smtp_client import Client, stuffed

_MESSAGE = b"From: probe@sender.example\r\nSubject: probe\r\n\r\n" + b"x" * 70 + b"\r\n"


def accept_latencies(relay: Relay, messages: int) -> list[float]:
    """Seconds of each probe, in ascending order, while smtp-source sends `messages` of 2 KB over 20 connections."""
    before = relay.sink.count
    seconds: list[float] = []
    load = Load(messages, 2048)
    with subprocess.Popen(load.command(relay.port), stdout=subprocess.DEVNULL) as source, Client(relay.port) as client:
        client.greet()
        while source.poll() is None:
            seconds.append(_probe(client))
        status = source.returncode
    if status != 0:
        raise AssertionError(f"smtp-source failed against {relay.name}")
    expected = before + messages + len(seconds)
    wait_for(lambda: relay.sink.count >= expected, within=300, what=f"all messages through {relay.name}")
    return sorted(seconds)


def _probe(client: Client) -> float:
    for command in ("MAIL FROM:<probe@sender.example>", "RCPT TO:<sink@sink.example>", "DATA"):
        answer = client.say(command)
        if answer.code not in (250, 354):
            raise AssertionError(f"{command} was answered {answer}")
    client.send(stuffed(_MESSAGE))
    start = time.perf_counter()
    answer = client.answer()
    if answer.code != 250:
        raise AssertionError(f"the probe was answered {answer}")
    return time.perf_counter() - start


def percentile(ascending: list[float], share: float) -> float:
    """The value below which `share` of the values lie."""
    return ascending[min(len(ascending) - 1, int(len(ascending) * share))]
