"""Client certificates that are no log-in any more, or never were."""

import base64
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.background import Background
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.sinks import start_sink
from tests.support.smtp_client import Client
from tests.support.submission import ACCOUNT, Submissions, submissions
from tests.unit.certificates.authority import Authority, trusting

VERSIONS = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])


def _server(gateway: Callable[..., Gateway], background: Background, folder: Path, authority: Authority) -> Submissions:
    (folder / "people.pem").write_bytes(authority.pem)
    return submissions(gateway, start_sink(background), tls={"client_ca": str(folder / "people.pem")})


def _context(folder: Path, issued: tuple[bytes, bytes], version: ssl.TLSVersion) -> ssl.SSLContext:
    context = trusting()
    context.maximum_version = version
    file = folder / "client.pem"
    file.write_bytes(b"".join(issued))
    context.load_cert_chain(file)
    return context


def _greeted(
    server: Submissions, context: ssl.SSLContext, session: ssl.SSLSession | None = None
) -> tuple[str, ssl.SSLSession | None]:
    """The reply to EHLO under TLS, and the session to resume."""
    with (
        Client(server.implicit) as client,
        context.wrap_socket(client.socket, server_hostname="localhost", session=session) as wrapped,
    ):
        client.socket = wrapped
        return client.greet().text, wrapped.session


@VERSIONS
def test_a_resumed_session_does_not_outlive_the_authority(
    version: ssl.TLSVersion, gateway: Callable[..., Gateway], background: Background, tmp_path: Path
) -> None:
    """Whoever was let in once could come again for ever: a resumed session brings its old certificate with it."""
    authority = Authority()
    server = _server(gateway, background, tmp_path, authority)
    context = _context(tmp_path, authority.issue(emails=(ACCOUNT,)), version)
    said, session = _greeted(server, context)
    assert "EXTERNAL" in said
    (tmp_path / "people.pem").write_bytes(Authority("the next one").pem)
    server.gateway.reload()
    server.gateway.wait_log("configuration reloaded")

    def refused() -> bool:
        try:
            return "EXTERNAL" not in _greeted(server, context, session)[0]
        except (ssl.SSLError, ConnectionError):
            return True

    wait_for(refused, within=5, what="the end of what the old authority vouched for")


@VERSIONS
@pytest.mark.parametrize("kind", ["expired", "of another authority"])
def test_a_certificate_that_is_no_good(
    version: ssl.TLSVersion, kind: str, gateway: Callable[..., Gateway], background: Background, tmp_path: Path
) -> None:
    authority = Authority()
    server = _server(gateway, background, tmp_path, authority)
    by = authority if kind == "expired" else Authority("another one")
    context = _context(tmp_path, by.issue(emails=(ACCOUNT,), days=1 if kind == "expired" else 10_000), version)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        _greeted(server, context)


def test_a_certificate_for_two_chooses_between_them_and_nobody_else(
    gateway: Callable[..., Gateway], background: Background, tmp_path: Path
) -> None:
    authority = Authority()
    server = _server(gateway, background, tmp_path, authority)
    for address in ("bo@home.example", "cy@home.example"):
        server.gateway.account(address)
    issued = authority.issue(emails=(ACCOUNT, "BO@HOME.example", "al@home.example.evil.example"))
    context = _context(tmp_path, issued, ssl.TLSVersion.TLSv1_3)
    codes = {}
    for name in ("al@home.example", "bo@home.example", "cy@home.example", "al@home.example.evil.example"):
        with (
            Client(server.implicit) as client,
            context.wrap_socket(client.socket, server_hostname="localhost") as wrapped,
        ):
            client.socket = wrapped
            client.greet()
            assert client.say("AUTH EXTERNAL").code == 334
            codes[name] = client.say(base64.b64encode(name.encode()).decode()).code
    assert list(codes.values()) == [235, 235, 535, 535]
