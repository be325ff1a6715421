"""A man in the middle takes STARTTLS away, or slips replies in before TLS: nobody who wants TLS sends anything then."""

import smtplib
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cli.sink.server import Behaviour, SinkServer
from tests.support.background import Background
from tests.support.clients import TO, msmtp, run
from tests.support.configs import letter, route
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.peers import installed
from tests.support.post import post
from tests.support.sinks import one, start_sink
from tests.support.stripping_proxy import StrippingProxy
from tests.support.submission import ACCOUNT, Submissions, submissions
from tests.unit.certificates.authority import Authority

SAID = {b"EHLO", b"STARTTLS", b"QUIT", b"RSET"}
LATER = {"first": "1h", "factor": 2, "max": "1h", "expire": "5d"}


@pytest.fixture
def server(gateway: Callable[..., Gateway], background: Background) -> Submissions:
    return submissions(gateway, start_sink(background))


def nothing_was_said(proxy: StrippingProxy) -> None:
    """Neither a password nor mail."""
    assert {line.split(maxsplit=1)[0].upper() for line in proxy.heard} <= SAID, proxy.heard


@pytest.mark.peer("msmtp")
def test_msmtp_refuses(server: Submissions, background: Background, tmp_path: Path) -> None:
    proxy = background.enter(StrippingProxy(server.starttls))
    done = msmtp(
        tmp_path, server, {"auth": "on", "user": ACCOUNT, "password": server.password, "port": str(proxy.port)}
    )
    assert done.status != 0
    assert "STARTTLS" in done.said
    nothing_was_said(proxy)


@pytest.mark.peer("swaks")
def test_swaks_refuses(server: Submissions, background: Background) -> None:
    proxy = background.enter(StrippingProxy(server.starttls))
    login = ["--auth", "PLAIN", "--auth-user", ACCOUNT, "--auth-password", server.password]
    envelope = ["--from", ACCOUNT, "--to", TO]
    done = run([installed("swaks"), "--server", f"127.0.0.1:{proxy.port}", "--tls", *login, *envelope])
    assert done.status != 0
    nothing_was_said(proxy)


def test_smtplib_refuses(server: Submissions, background: Background) -> None:
    proxy = background.enter(StrippingProxy(server.starttls))
    with smtplib.SMTP("127.0.0.1", proxy.port, timeout=20) as client, pytest.raises(smtplib.SMTPNotSupportedError):
        client.starttls()
    nothing_was_said(proxy)


def hop(background: Background, folder: Path) -> SinkServer:
    """A relay with STARTTLS, whose certificate the gateway may believe."""
    authority = Authority()
    files = authority.write(folder, "hop", "localhost")
    (folder / "ca.pem").write_bytes(authority.pem)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.certificate, files.key)
    return start_sink(background, Behaviour(tls=context))


def through(gateway: Callable[..., Gateway], port: int, tls: str, folder: Path) -> Gateway:
    """A gateway whose mail for old.example goes to that port."""
    return gateway(
        relays={"old": {"hosts": [f"localhost:{port}"], "tls": tls}},
        routes=[route("old.example", "old", retry=LATER)],
        delivery={"family": "ipv4", "ca_file": str(folder / "ca.pem")},
    )


@pytest.mark.parametrize("tls", ["encrypt", "verify"])
def test_the_gateway_as_a_client_does_not_send(
    tls: str, gateway: Callable[..., Gateway], background: Background, tmp_path: Path
) -> None:
    """The mail waits, says why, and goes as soon as nobody is in between any more."""
    sink = hop(background, tmp_path)
    proxy = background.enter(StrippingProxy(sink.port))
    running = through(gateway, proxy.port, tls, tmp_path)
    post(running, TO)
    [row] = wait_for(lambda: running.queue("--state", "deferred"), what="a deferred delivery")
    assert "offers no TLS, which the route demands" in row["last_reply"]
    assert row["last_reply"].startswith("4.7.4")
    nothing_was_said(proxy)
    proxy.strips = False
    running.cli("queue", "retry", "--route", "old.example")
    assert one(sink).tls
    assert one(sink).octets.endswith(letter())


def test_opportunistic_tls_is_open_to_it(
    gateway: Callable[..., Gateway], background: Background, tmp_path: Path
) -> None:
    """What the policy means (RFC 7435): mail goes in the clear where no TLS is to be had."""
    sink = hop(background, tmp_path)
    proxy = background.enter(StrippingProxy(sink.port))
    post(through(gateway, proxy.port, "opportunistic", tmp_path), TO)
    assert not one(sink).tls


@pytest.mark.parametrize("tls", ["encrypt", "verify"])
def test_replies_that_were_slipped_in_before_tls_are_forgotten(
    tls: str, gateway: Callable[..., Gateway], background: Background, tmp_path: Path
) -> None:
    """RFC 3207 4.2: what came after the 220 in the clear is no reply to what is said under TLS."""
    sink = hop(background, tmp_path)
    proxy = background.enter(StrippingProxy(sink.port, after_starttls=b"250-evil.example\r\n250 X-EVIL\r\n"))
    running = through(gateway, proxy.port, tls, tmp_path)
    post(running, TO)
    message = one(sink)
    assert message.tls
    assert message.octets.endswith(letter())
    assert "SIZE=" in " ".join(message.parameters), "the EHLO under TLS counts"
