"""Sessions of IMAP of a running gateway: TLS, log-ins and their limits, kicking, reloading, stopping, and counting."""

import base64
import contextlib
import hashlib
import imaplib
import json
import os
import signal
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.ports import free_port
from tests.support.receiver import any_server_context
from tests.support.smtp_client import Client
from tests.support.transcript import ScramClient, scram_client

AL, BO = "al@home.example", "bo@home.example"
HOME: dict[str, Any] = {
    "domains": [{"name": "home.example"}],
    "routes": [{"name": "all", "deliver": "mailbox"}],
    "workers": 2,
}


class Home:
    """A gateway with an account."""

    def __init__(self, gateway: Gateway, stack: contextlib.ExitStack) -> None:
        self.gateway = gateway
        self.password = gateway.account(AL)
        self._stack = stack

    def greeted(self, *, tls: bool = True) -> imaplib.IMAP4:
        gateway, context = self.gateway, any_server_context()
        client = (
            imaplib.IMAP4_SSL("127.0.0.1", gateway.imaps_port, ssl_context=context, timeout=30)
            if tls
            else imaplib.IMAP4("127.0.0.1", gateway.imap_port, timeout=30)
        )
        self._stack.callback(client.shutdown)
        return client

    def enter(self, password: str = "", *, tls: bool = True) -> imaplib.IMAP4:
        client = self.greeted(tls=tls)
        client.login(AL, password or self.password)
        return client

    def sessions(self) -> list[dict[str, Any]]:
        return list(json.loads(self.gateway.cli("session", "list", "--json")))


@pytest.fixture
def start(gateway: Callable[..., Gateway]) -> Iterator[Callable[..., Home]]:
    with contextlib.ExitStack() as stack:
        yield lambda **config: Home(gateway(**HOME | config), stack)


def farewell(client: imaplib.IMAP4) -> bytes:
    """What comes before the end."""
    said = b""
    while line := client.readline():
        said += line
    return said


def test_sessions_are_listed_and_kicked(start: Callable[..., Home]) -> None:
    home = start()
    first, second = home.enter(), home.enter(tls=False)
    rows = home.sessions()
    assert [(row["address"], row["service"]) for row in rows] == [(AL, "imap")] * 2
    assert {row["listener"] for row in rows} == {"imap", "imaps"}
    assert {row["tls"] for row in rows} == {"TLSv1.3", ""}
    victim = next(row["id"] for row in rows if row["listener"] == "imaps")
    home.gateway.cli("session", "kick", victim)
    assert farewell(first).startswith(b"* BYE ")
    assert second.noop()[0] == "OK"
    ended = home.gateway.wait_log("IMAP session ended")
    assert (ended["account"], ended["listener"]) == (AL, "imaps")
    assert ended["octets_in"] > 0


def test_a_disabled_account_and_a_revoked_password_end_sessions(start: Callable[..., Home]) -> None:
    home = start()
    given = json.loads(home.gateway.cli("account", "app-password", "add", AL, "phone", "--for", "imap", "--json"))
    phone, desk = home.enter(given["password"]), home.enter()
    home.gateway.cli("account", "app-password", "revoke", AL, "phone")
    assert b"* BYE this log-in is no longer valid" in farewell(phone)
    assert desk.noop()[0] == "OK"
    home.gateway.cli("account", "disable", AL, "--reason", "moved")
    assert b"* BYE this log-in is no longer valid" in farewell(desk)
    with pytest.raises(imaplib.IMAP4.error, match=r"CONTACTADMIN.*moved"):
        home.enter()


def test_app_passwords_are_limited_to_services(start: Callable[..., Home]) -> None:
    home = start()
    given = json.loads(home.gateway.cli("account", "app-password", "add", AL, "cron", "--for", "smtp", "--json"))
    with pytest.raises(imaplib.IMAP4.error, match="AUTHORIZATIONFAILED"):
        home.enter(given["password"])
    rows = json.loads(home.gateway.cli("account", "logins", AL, "--json"))
    assert {row["service"] for row in rows} == {"imap"}


def test_guessing_over_imap_is_slowed_down_for_smtp_as_well(start: Callable[..., Home]) -> None:
    submission = free_port()
    listener = {"name": "submission", "protocol": "submission", "bind": f"127.0.0.1:{submission}"}
    limits = {"logins": {"slow_after": 2, "block_after": 3, "window": "1h"}, "limits": {"failed_logins": 10}}
    home = start(**limits, more_listeners=[listener], workers=1)

    def submitter() -> int:
        with Client(submission) as client:
            client.greet()
            return client.say("AUTH PLAIN " + base64.b64encode(f"\0{AL}\0{home.password}".encode()).decode()).code

    guesser = home.greeted()
    for _ in range(3):
        with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
            guesser.login(AL, "wrong")
    with pytest.raises(imaplib.IMAP4.error, match=r"UNAVAILABLE.*try again after"):
        guesser.login(AL, home.password)
    assert submitter() == 454
    wait_for(lambda: home.gateway.metric("gateway_logins_blocked_total") >= 1, what="the block in the metrics")


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"])
def test_scram_that_is_bound_to_the_connection(mechanism: str, start: Callable[..., Home]) -> None:
    home = start(sasl={"channel_binding": True})
    client = home.greeted()
    assert isinstance(client.sock, ssl.SSLSocket)
    assert f"AUTH={mechanism}" in client.capabilities
    certificate = client.sock.getpeercert(binary_form=True)
    assert certificate is not None
    binding = ("tls-server-end-point", hashlib.sha256(certificate).digest())
    player = scram_client([mechanism], AL, home.password, channel_binding=binding)
    status, _ = client.authenticate(mechanism, player_of(player))
    assert status == "OK"
    [row] = home.sessions()
    assert row["mechanism"] == mechanism


def player_of(player: ScramClient) -> Callable[[bytes], bytes]:
    """The three answers of an exchange (RFC 5802 3)."""

    def final(told: str) -> str:
        player.set_server_first(told)
        return player.get_client_final()

    def end(told: str) -> str:
        player.set_server_final(told)
        return ""

    steps = iter((lambda _: player.get_client_first(), final, end))
    return lambda told: next(steps)(told.decode()).encode()


def test_mechanisms_in_clear(start: Callable[..., Home]) -> None:
    home = start()
    client = home.greeted()
    secret = f"\0{AL}\0{home.password}".encode()
    status, _ = client.authenticate("PLAIN", lambda _: secret)
    assert status == "OK"
    client = home.greeted()
    words = iter((AL.encode(), home.password.encode()))
    status, _ = client.authenticate("LOGIN", lambda _: next(words))
    assert status == "OK"
    client = home.greeted()
    client.send(b"a AUTHENTICATE PLAIN " + base64.b64encode(secret) + b"\r\n")
    assert client.readline().startswith(b"a OK [CAPABILITY ")


def test_a_reload_switches_capabilities_off_for_later_sessions(start: Callable[..., Home]) -> None:
    home = start()
    before = home.enter()
    home.gateway.write(imap={"exemptions": [{"account": AL, "without": ["IDLE", "QRESYNC"]}]})
    home.gateway.reload()
    wait_for(lambda: "configuration reloaded" in home.gateway.tail(), what="the reload")
    assert "IDLE" in words(before)
    wait_for(lambda: not {"IDLE", "QRESYNC"} & words(home.enter()), what="sessions without IDLE on each worker")


def words(client: imaplib.IMAP4) -> set[str]:
    """Of CAPABILITY."""
    _, lines = client.capability()
    return set(b" ".join(lines).decode().split())


def test_stopping_says_bye(start: Callable[..., Home]) -> None:
    home = start()
    clients = [home.enter() for _ in range(4)]
    for client in clients:
        client.send(b"i IDLE\r\n")
        assert client.readline().startswith(b"+ ")
    os.kill(home.gateway.pid, signal.SIGTERM)
    for client in clients:
        assert farewell(client).startswith(b"* BYE [UNAVAILABLE] shutting down")


def test_connections_are_counted_with_those_of_smtp(start: Callable[..., Home]) -> None:
    home = start(workers=1, limits={"connections_per_client": 2})
    with Client(home.gateway.port), Client(home.gateway.port), pytest.raises(imaplib.IMAP4.error, match="too many"):
        home.greeted(tls=False)


def test_what_is_counted(start: Callable[..., Home]) -> None:
    home = start()
    client = home.enter()
    client.select("INBOX")
    client.send(b"i IDLE\r\n")
    client.readline()

    def idle() -> bool:
        return home.gateway.metric("gateway_imap_idle_sessions") == 1

    wait_for(idle, what="a session in IDLE")
    assert home.gateway.metric("gateway_imap_commands_total", command="select", result="ok") == 1
    assert home.gateway.metric("gateway_imap_command_seconds_count") >= 3
    wait_for(lambda: home.gateway.metric("gateway_imap_bytes_total", direction="out") > 100, what="octets")
    assert home.gateway.metric("gateway_client_connections_open", listener="imaps") == 1
    assert home.gateway.metric("gateway_logins_total", service="imap", result="ok") == 1


def test_no_certificate_of_another_host_is_believed(start: Callable[..., Home]) -> None:
    """The self-signed certificate is what it says, on both ports."""
    home = start()
    certificate = home.gateway.data / "tls/certificate.pem"
    context = ssl.create_default_context(cafile=str(certificate))
    with pytest.raises(ssl.SSLCertVerificationError):
        imaplib.IMAP4_SSL("127.0.0.1", home.gateway.imaps_port, ssl_context=context, timeout=30)
    client = home.greeted(tls=False)
    context.check_hostname = False
    status, _ = client.starttls(ssl_context=context)
    assert status == "OK"
    assert client.login(AL, home.password)[0] == "OK"
