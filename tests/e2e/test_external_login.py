"""Log-ins by client certificate (EXTERNAL) with msmtp and curl; certificates of an authority that is made here."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.sink.server import SinkServer
from tests.support.background import Background
from tests.support.clients import Done, curl, msmtp
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.reader import parse
from tests.support.sinks import one, start_sink
from tests.support.submission import ACCOUNT, Submissions, submissions
from tests.unit.certificates.authority import Authority, Files

pytestmark = [pytest.mark.peer("msmtp", "curl")]
PROGRAMS = pytest.mark.parametrize("program", ["msmtp", "curl"])
NOBODY = "nobody@home.example"


@dataclass(frozen=True, slots=True)
class Home:
    """A gateway that believes one authority about people."""

    server: Submissions
    sink: SinkServer
    authority: Authority
    folder: Path

    def send(self, program: str, files: Files, identity: str) -> Done:
        """Log in with this certificate as `identity`, and submit.

        Where that is empty, msmtp 1.8.23 answers nothing at all to the server's challenge, and curl 7.88 `=`, which
        stands for nothing in an initial response alone (RFC 4954 4): `--sasl-ir` makes it one.
        """
        if program == "msmtp":
            files_lines = {"tls_cert_file": str(files.certificate), "tls_key_file": str(files.key)}
            return msmtp(self.folder, self.server, {"auth": "external", "user": identity} | files_lines)
        shown = ["--cert", str(files.certificate), "--key", str(files.key), "--sasl-ir"]
        login = ["--user", f"{identity}:", "--login-options", "AUTH=EXTERNAL"]
        return curl(self.folder, self.server, *shown, *login)

    def logins(self) -> list[dict[str, Any]]:
        """The records of log-ins of the account, once there are any."""
        cli = self.server.gateway.cli
        return wait_for(lambda: list(json.loads(cli("account", "logins", ACCOUNT, "--json"))), what="the records")


@pytest.fixture
def home(gateway: Callable[..., Gateway], background: Background, tmp_path: Path) -> Home:
    authority, sink = Authority(), start_sink(background)
    (tmp_path / "people.pem").write_bytes(authority.pem)
    return Home(submissions(gateway, sink, tls={"client_ca": str(tmp_path / "people.pem")}), sink, authority, tmp_path)


@pytest.mark.parametrize(("program", "identity"), [("msmtp", ACCOUNT), ("curl", ACCOUNT), ("curl", "")])
def test_a_certificate_is_a_log_in(home: Home, program: str, identity: str) -> None:
    """The certificate says who it is, and the client may say so as well."""
    done = home.send(program, home.authority.write(home.folder, "al", emails=(ACCOUNT,)), identity)
    assert done.status == 0, done.said
    octets = one(home.sink).octets
    assert parse(octets).text("Subject") == "from a client"
    assert b"with ESMTPSA" in octets
    recorded = [(row["mechanism"], row["result"], row["tls"] != "") for row in home.logins()]
    assert recorded == [("EXTERNAL", "ok", True)]


@PROGRAMS
def test_a_certificate_for_an_address_that_nobody_has(home: Home, program: str) -> None:
    done = home.send(program, home.authority.write(home.folder, "no", emails=(NOBODY,)), NOBODY)
    assert done.status != 0
    assert "5.7.8" in done.said or "Login denied" in done.said, done.said
    assert home.sink.messages == []


@PROGRAMS
def test_a_certificate_is_no_log_in_for_somebody_else(home: Home, program: str) -> None:
    home.server.gateway.account("bo@home.example")
    files = home.authority.write(home.folder, "bo", emails=("bo@home.example",))
    done = home.send(program, files, ACCOUNT)
    assert done.status != 0
    assert home.sink.messages == []


@PROGRAMS
def test_a_certificate_of_another_authority(home: Home, program: str) -> None:
    done = home.send(program, Authority("another authority").write(home.folder, "al", emails=(ACCOUNT,)), ACCOUNT)
    assert done.status != 0
    assert home.sink.messages == []


def test_clients_without_a_certificate_log_in_as_ever(home: Home) -> None:
    """EXTERNAL is not offered to them."""
    done = msmtp(home.folder, home.server, {"auth": "external", "user": ACCOUNT})
    assert done.status != 0
    assert "EXTERNAL" in done.said
    done = msmtp(home.folder, home.server, {"auth": "on", "user": ACCOUNT, "password": home.server.password})
    assert done.status == 0, done.said
    one(home.sink)
