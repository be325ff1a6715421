"""Log-ins by OAuth tokens (OAUTHBEARER, XOAUTH2) with msmtp and curl: keys from a file, from a real issuer on loopback,
and introspection; tokens that are no good; an issuer that is down."""

import json
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.app import clock
from gateway.cli.sink.server import SinkServer
from tests.support.background import Background
from tests.support.clients import Done, curl, msmtp
from tests.support.gateway_process import Gateway
from tests.support.oauth_issuer import CLAIMS, OTHER_RSA, PUBLIC, Issuer, issuer, token
from tests.support.patience import wait_for
from tests.support.ports import free_port
from tests.support.reader import parse
from tests.support.sinks import one, start_sink
from tests.support.submission import ACCOUNT, Submissions, submissions

pytestmark = [pytest.mark.peer("msmtp", "curl")]
PROGRAMS = pytest.mark.parametrize("program", ["msmtp", "curl"])
MECHANISMS = pytest.mark.parametrize("mechanism", ["oauthbearer", "xoauth2"])
CURL_LOGIN_DENIED = 67


def fresh(**claims: Any) -> str:
    """A token that is good now, but for what `claims` say."""
    return token(**({"exp": clock.now() + 600} | claims))


@dataclass(frozen=True, slots=True)
class Home:
    server: Submissions
    sink: SinkServer
    folder: Path

    def send(self, program: str, mechanism: str, access: str) -> Done:
        """Log in with this token and submit."""
        if program == "curl":
            login = ["--user", ACCOUNT, "--login-options", f"AUTH={mechanism.upper()}"]
            return curl(self.folder, self.server, *login, "--oauth2-bearer", access)
        (self.folder / "token").write_text(access)
        how = f"cat {shlex.quote(str(self.folder / 'token'))}"
        return msmtp(self.folder, self.server, {"auth": mechanism, "user": ACCOUNT, "passwordeval": how})

    def recorded(self, result: str) -> dict[str, Any]:
        """The record of a log-in with this result, once it is there."""
        cli = self.server.gateway.cli

        def found() -> list[dict[str, Any]]:
            return [row for row in json.loads(cli("account", "logins", "--json")) if row["result"] == result]

        return wait_for(found, what=f"a log-in recorded as {result}")[0]


@dataclass(frozen=True, slots=True)
class Make:
    """Starts a gateway that believes one issuer, whose keys are had in some way, and offers one of the mechanisms: curl
    would take OAUTHBEARER wherever it sees it."""

    gateway: Callable[..., Gateway]
    background: Background
    folder: Path

    def __call__(self, mechanism: str, **way: Any) -> Home:
        staff = {"name": "staff", "issuer": CLAIMS["iss"], "audience": CLAIMS["aud"]} | way
        sink = start_sink(self.background)
        sasl = {"mechanisms": ["SCRAM-SHA-256", mechanism.upper()]}
        return Home(submissions(self.gateway, sink, oauth=[staff], sasl=sasl), sink, self.folder)

    def with_file(self, mechanism: str) -> Home:
        file = self.folder / "keys.json"
        file.write_text(json.dumps({"keys": PUBLIC}))
        return self(mechanism, jwks_file=str(file))


@pytest.fixture
def make(gateway: Callable[..., Gateway], background: Background, tmp_path: Path) -> Make:
    return Make(gateway, background, tmp_path)


@pytest.fixture
def staff() -> Iterator[Issuer]:
    with issuer() as running:
        yield running


@PROGRAMS
@MECHANISMS
def test_keys_from_a_file(program: str, mechanism: str, make: Make) -> None:
    home, access = make.with_file(mechanism), fresh()
    done = home.send(program, mechanism, access)
    assert done.status == 0, done.said
    octets = one(home.sink).octets
    assert parse(octets).text("Subject") == "from a client"
    assert b"with ESMTPSA" in octets
    row = home.recorded("ok")
    assert (row["mechanism"], row["account"] is not None) == (mechanism.upper(), True)
    assert access not in home.server.gateway.output.read_text()


@PROGRAMS
@MECHANISMS
def test_keys_from_an_issuer(program: str, mechanism: str, make: Make, staff: Issuer) -> None:
    """Asked when the first token comes, not for each."""
    home = make(mechanism, jwks=f"{staff.url}/jwks.json")
    for _ in range(2):
        done = home.send(program, mechanism, fresh())
        assert done.status == 0, done.said
    assert staff.asked == ["GET /jwks.json"]


@MECHANISMS
def test_introspection(mechanism: str, make: Make, staff: Issuer) -> None:
    """A token that only its issuer can read; the gateway proves who it is when it asks."""
    staff.known["opaque-token"] = {"active": True} | CLAIMS | {"exp": clock.now() + 600}
    secret = make.folder / "secret"
    secret.write_text("our secret")
    secret.chmod(0o600)
    ask = {"url": f"{staff.url}/introspect", "client": "mail", "secret": {"file": str(secret)}}
    home = make(mechanism, introspection=ask)
    assert home.send("curl", mechanism, "opaque-token").status == 0
    assert staff.authorization == "mail:our+secret", "RFC 6749 2.3.1 has it encoded as in a form"
    one(home.sink)
    assert home.send("curl", mechanism, "another-token").status == CURL_LOGIN_DENIED


BAD: dict[str, dict[str, Any]] = {
    "expired": {"exp": clock.now() - 600},
    "for another service": {"aud": "files.home.example"},
    "of another issuer": {"iss": "https://evil.example"},
    "signed by somebody else": {"key": OTHER_RSA},
    "of somebody without an account": {"email": "nobody@home.example"},
}


@PROGRAMS
@MECHANISMS
def test_tokens_that_are_no_good(program: str, mechanism: str, make: Make) -> None:
    """Each is refused for good with 535 5.7.8, and nothing goes out; the gateway's log says what was wrong."""
    home = make.with_file(mechanism)
    home.server.gateway.account("bo@home.example")
    for what, claims in BAD.items():
        done = home.send(program, mechanism, fresh(**claims))
        assert done.status != 0, what
        assert "535 5.7.8" in done.said if program == "msmtp" else done.status == CURL_LOGIN_DENIED, done.said
    assert home.sink.messages == []


@MECHANISMS
def test_the_token_of_somebody_else(mechanism: str, make: Make) -> None:
    """The client says `al`, the token `bo`."""
    home = make.with_file(mechanism)
    home.server.gateway.account("bo@home.example")
    done = home.send("msmtp", mechanism, fresh(email="bo@home.example"))
    assert "535 5.7.8" in done.said
    assert home.sink.messages == []


@MECHANISMS
def test_an_issuer_that_is_down(mechanism: str, make: Make, staff: Issuer) -> None:
    """454: nobody is told that the token is bad; the mail waits at the client and goes when the issuer is back."""
    staff.status = 503
    home, access = make(mechanism, jwks=f"{staff.url}/jwks.json"), fresh()
    done = home.send("msmtp", mechanism, access)
    assert "454 4.7.0" in done.said
    assert home.sink.messages == []
    home.recorded("unavailable")
    staff.status = 200
    wait_for(lambda: home.send("msmtp", mechanism, access).status == 0, within=30, what="the mail to be taken")
    one(home.sink)


@MECHANISMS
def test_an_issuer_that_nobody_answers_for(mechanism: str, make: Make) -> None:
    home = make(mechanism, jwks=f"http://127.0.0.1:{free_port()}/jwks.json")
    assert "454 4.7.0" in home.send("msmtp", mechanism, fresh()).said
    assert home.sink.messages == []
