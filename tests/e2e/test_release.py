"""When mail goes, in the real process: held (RFC 4865), by a deadline (RFC 2852), by priority (RFC 6710)."""

import smtplib
import time
from collections.abc import Callable
from datetime import datetime

import pytest

from gateway.app import clock
from gateway.cli.sink.server import PLAIN
from gateway.mail.rfc3339 import rfc3339
from gateway.mail.units import Timestamp
from tests.support.background import Background
from tests.support.configs import letter, route, to_sinks
from tests.support.gateway_process import Config, Gateway
from tests.support.patience import wait_for
from tests.support.ports import free_port
from tests.support.sinks import arrived, one, start_sink
from tests.support.smtp_client import submit

SENDER = "al@home.example"
TO = "bo@old.example"
SLOW = {"first": "1h", "factor": 2, "max": "2h", "expire": "5d"}


def submission(gateway: Callable[..., Gateway], config: Config) -> tuple[Gateway, int]:
    """A running gateway, and the port of its submission listener."""
    port = free_port()
    listener = {"name": "submission", "protocol": "submission", "bind": f"127.0.0.1:{port}"}
    return gateway(more_listeners=[listener], **config), port


def send(port: int, *parameters: str, subject: str = "hello") -> None:
    """As Python programs do."""
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.sendmail(SENDER, [TO], letter(subject), mail_options=list(parameters))


def test_held_mail_arrives_after_its_time_and_not_before(
    gateway: Callable[..., Gateway], background: Background
) -> None:
    sink = start_sink(background)
    running, port = submission(gateway, to_sinks(old=sink))
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.ehlo()
        assert client.esmtp_features["futurerelease"].startswith("2592000 ")
    sent = time.monotonic()
    send(port, "HOLDFOR=4")
    [row] = running.queue()
    assert (row["state"], row["attempts"]) == ("queued", 0)
    assert "FUTURERELEASE" in row["hold_reason"]
    assert datetime.fromisoformat(row["due"]) > datetime.fromisoformat(row["received"])
    one(sink)
    assert time.monotonic() - sent >= 4
    assert "HOLD" not in " ".join(sink.messages[0].parameters)


def test_held_mail_survives_a_kill(gateway: Callable[..., Gateway], background: Background) -> None:
    sink = start_sink(background)
    running, port = submission(gateway, to_sinks(old=sink))
    until = Timestamp(clock.now() // 1 + 6)
    send(port, f"HOLDUNTIL={rfc3339(until)}")
    running.kill()
    running.start()
    assert not sink.messages
    one(sink)
    assert clock.now() >= until


def test_an_operator_releases_held_mail(gateway: Callable[..., Gateway], background: Background) -> None:
    sink = start_sink(background)
    running, port = submission(gateway, to_sinks(old=sink))
    send(port, "HOLDFOR=86400")
    [row] = running.queue()
    running.cli("queue", "retry", row["id"])
    one(sink)


def test_too_long_a_hold_and_a_hold_on_the_mx_are_refused(gateway: Callable[..., Gateway]) -> None:
    running, port = submission(
        gateway, {"submission": {"hold_limit": "1h"}, "routes": [{"name": "h", "deliver": "hold"}]}
    )
    with pytest.raises(smtplib.SMTPSenderRefused) as refused:
        send(port, "HOLDFOR=3601")
    assert refused.value.smtp_code == 501
    with running.smtp() as client:
        assert submit(client, SENDER, [TO], letter(), parameters="HOLDFOR=60").mail.code == 555


def test_mail_to_a_dead_hop_bounces_at_its_deadline(gateway: Callable[..., Gateway], background: Background) -> None:
    home = start_sink(background)
    config = to_sinks(home=home)
    config["relays"]["old"] = {"hosts": [f"127.0.0.1:{free_port()}"], "tls": "none"}
    config["routes"].append(route("old.example", "old", retry=SLOW))
    running, port = submission(gateway, config)
    sent = time.monotonic()
    send(port, "BY=4;R")
    report = one(home)
    assert 4 <= time.monotonic() - sent < 15
    assert b"Status: 5.4.7\r\n" in report.octets
    wait_for(lambda: running.queue() == [], what="an empty queue")


def test_priorities_are_seen_at_a_hop_with_one_connection(
    gateway: Callable[..., Gateway], background: Background
) -> None:
    port = free_port()
    old = {"hosts": [f"127.0.0.1:{port}"], "tls": "none", "limits": {"connections": 1}}
    running, submissions = submission(
        gateway, {"relays": {"old": old}, "routes": [route("old.example", "old", retry=SLOW)]}
    )
    for priority in (0, -9, 4, 9, -4):
        send(submissions, f"MT-PRIORITY={priority}", subject=f"p{priority}")
    wait_for(lambda: len(running.queue("--state", "deferred")) == 5, what="five deferred deliveries")
    sink = start_sink(background, PLAIN, port=port)
    running.stop()
    running.cli("queue", "retry", "--yes", "--domain", "old.example")
    running.start()
    subjects = [message.octets.split(b"Subject: ")[1].split(b"\r\n")[0].decode() for message in arrived(sink, 5)]
    assert subjects == ["p9", "p4", "p0", "p-4", "p-9"]
