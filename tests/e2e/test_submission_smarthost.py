"""The gateway logs in at a smarthost: Debian's Postfix with Dovecot's SASL, under each TLS policy, and what goes wrong.

Nothing of this bounces: whoever runs the gateway has time to mend what is wrong, and is told what it is.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.sink.server import SinkServer
from tests.support.background import Background
from tests.support.configs import letter, route
from tests.support.gateway_process import Config, Gateway
from tests.support.patience import wait_for
from tests.support.sinks import one, start_sink
from tests.support.smarthost import PASSWORD, USER, smarthost
from tests.support.smtp_client import submit
from tests.unit.certificates.authority import Authority

pytestmark = [
    pytest.mark.peer("postfix", "dovecot"),
    pytest.mark.skipif(os.getuid() != 0, reason="needs root: Postfix starts as root only"),
]
SENDER, RECIPIENT = "al@home.example", "bo@old.example"
LATER = {"first": "1h", "factor": 2, "max": "1h", "expire": "5d"}


class World:
    """A gateway whose mail for old.example goes through a smarthost to a sink."""

    def __init__(self, folder: Path, gateway: Callable[..., Gateway], sink: SinkServer) -> None:
        self.authority = Authority()
        self.folder, self.sink = folder, sink
        self.secret = folder / "secret"
        self.ca_file = folder / "ca.pem"
        self.ca_file.write_bytes(self.authority.pem)
        self._gateway = gateway

    def config(self, port: int, tls: str, *, ca_file: bool = True) -> Config:
        """One try, and the next one when somebody asks for it: what is shown is that of the first one."""
        auth = {"user": USER, "password": {"file": str(self.secret)}}
        return {
            "relays": {"smarthost": {"hosts": [f"localhost:{port}"], "tls": tls, "auth": auth}},
            "routes": [route("old.example", "smarthost", retry=LATER), route("home.example", "smarthost", retry=LATER)],
            "delivery": {"family": "ipv4"} | ({"ca_file": str(self.ca_file)} if ca_file else {}),
        }

    def run(self, port: int, tls: str, *, password: str = PASSWORD, **more: Any) -> Gateway:
        """Start the gateway, and give it a message."""
        self.write_password(password)
        running = self._gateway(**self.config(port, tls, **more))
        with running.smtp() as client:
            assert submit(client, SENDER, [RECIPIENT], letter()).taken
        return running

    def write_password(self, password: str) -> None:
        self.secret.write_text(password)
        self.secret.chmod(0o600)


@pytest.fixture
def world(tmp_path: Path, gateway: Callable[..., Gateway], background: Background) -> World:
    return World(tmp_path, gateway, start_sink(background))


def waits(running: Gateway, *words: str) -> None:
    """The message waits, nothing was reported to anybody, and the queue says why in these words."""
    rows = wait_for(lambda: running.queue("--state", "deferred"), what="a deferred delivery")
    assert [row["recipient"] for row in running.queue()] == [RECIPIENT], "a report was made"
    [row] = rows
    for word in words:
        assert word in row["last_reply"], row["last_reply"]
        assert word in running.cli("queue", "show", row["id"])


@pytest.mark.parametrize(
    ("tls", "settings", "protocol"),
    [
        ("none", {"smtpd_tls_auth_only": "no"}, b"with ESMTPA "),
        ("opportunistic", {}, b"with ESMTPSA "),
        ("encrypt", {}, b"with ESMTPSA "),
        ("verify", {}, b"with ESMTPSA "),
    ],
)
def test_a_log_in_under_each_policy(world: World, tls: str, settings: dict[str, str], protocol: bytes) -> None:
    """Only `verify` needs to know the authority; `none` speaks in the clear though TLS is offered."""
    with smarthost(world.folder, world.sink.port, world.authority, **settings) as port:
        world.run(port, tls, ca_file=tls == "verify")
        octets = one(world.sink).octets
    assert b"(Authenticated sender: gw)" in octets
    assert protocol in octets
    assert (b"(using TLSv1.3" in octets) == (tls != "none")
    assert octets.endswith(letter())


@pytest.mark.parametrize("tls", ["opportunistic", "encrypt", "verify"])
def test_no_password_goes_to_a_smarthost_without_tls(world: World, tls: str) -> None:
    plain = {"smtpd_tls_security_level": "none", "smtpd_tls_auth_only": "no"}
    with smarthost(world.folder, world.sink.port, world.authority, **plain) as port:
        waits(world.run(port, tls), "offers no TLS")


def test_a_wrong_password_waits_until_the_right_one_is_there(world: World) -> None:
    """The reply of the smarthost is shown, the password nowhere; a reload reads the new one."""
    with smarthost(world.folder, world.sink.port, world.authority) as port:
        running = world.run(port, "verify", password="not the password")
        waits(running, "535 5.7.8", "authentication failed")
        assert world.sink.messages == []
        assert "not the password" not in running.output.read_text()
        world.write_password(PASSWORD)
        running.reload()
        running.wait_log("configuration reloaded")
        running.cli("queue", "retry", "--route", "old.example")
        assert one(world.sink).octets.endswith(letter())
        assert PASSWORD not in running.output.read_text()


def test_a_certificate_for_another_name(world: World) -> None:
    """`verify` waits and says what is wrong; `encrypt` does not care for names."""
    with smarthost(world.folder, world.sink.port, world.authority, "other.example") as port:
        running = world.run(port, "verify")
        waits(running, "the certificate is not valid", "localhost")
        running.write(**world.config(port, "encrypt"))
        running.reload()
        running.wait_log("configuration reloaded")
        running.cli("queue", "retry", "--route", "old.example")
        assert b"(Authenticated sender: gw)" in one(world.sink).octets


def test_a_certificate_of_an_authority_that_nobody_knows(world: World) -> None:
    with smarthost(world.folder, world.sink.port, Authority("another authority")) as port:
        waits(world.run(port, "verify"), "the certificate is not valid", "certificate")
        assert world.sink.messages == []
