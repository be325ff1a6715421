"""OAUTHBEARER (RFC 7628), XOAUTH2 and EXTERNAL (RFC 4422 A)."""

import json

import pytest

from gateway.auth.authenticator import Denial, Why
from gateway.auth.sasl import Challenge, Channel, Denied, Granted
from gateway.mail.address import parse_address
from tests.support.fake_authenticator import FakeAccount, FakeAuthenticator
from tests.support.sasl_client import AROUND, log_in

AL = parse_address("al@home.example")
BO = parse_address("bo@home.example")
WITH_CERTIFICATE = Channel(AROUND, certificate=(AL,))


@pytest.fixture
def authenticator() -> FakeAuthenticator:
    return FakeAuthenticator(
        [FakeAccount("al@home.example", tokens=("abc.DEF-1_~+/==",)), FakeAccount("bo@home.example")]
    )


GOOD = b"auth=Bearer abc.DEF-1_~+/=="


@pytest.mark.parametrize(
    "message",
    [
        b"n,,\x01" + GOOD + b"\x01\x01",
        b"y,,\x01" + GOOD + b"\x01\x01",
        b"n,a=al@home.example,\x01host=mail.home.example\x01port=587\x01" + GOOD + b"\x01\x01",
        b"n,,\x01auth=bearer  abc.DEF-1_~+/==\x01x=\x01\x01",
    ],
)
async def test_oauthbearer(authenticator, message):
    [end] = await log_in("OAUTHBEARER", authenticator, message)
    assert isinstance(end, Granted)
    assert end.login.address == AL
    assert end.login.credential is None


async def test_oauthbearer_without_initial_response(authenticator):
    first, end = await log_in("OAUTHBEARER", authenticator, None, b"n,,\x01" + GOOD + b"\x01\x01")
    assert first == Challenge(b"")
    assert isinstance(end, Granted)


@pytest.mark.parametrize(
    ("message", "why", "status"),
    [
        (b"n,,\x01auth=Bearer other\x01\x01", Why.BAD_CREDENTIALS, "invalid_token"),
        (b"n,a=bo@home.example,\x01" + GOOD + b"\x01\x01", Why.OTHER_IDENTITY, "invalid_token"),
        (b"\x01", Why.MALFORMED, "invalid_request"),
        (b"", Why.MALFORMED, "invalid_request"),
        (b"n,,\x01\x01", Why.MALFORMED, "invalid_request"),
        (b"n,,\x01" + GOOD + b"\x01", Why.MALFORMED, "invalid_request"),
        (b"n,,\x01" + GOOD + b"\x01" + GOOD + b"\x01\x01", Why.MALFORMED, "invalid_request"),
        (b"n,,\x01auth=Basic abc\x01\x01", Why.MALFORMED, "invalid_request"),
        (b"p=tls-exporter,,\x01" + GOOD + b"\x01\x01", Why.MALFORMED, "invalid_request"),
        (b"n,,\x01auth=Bearer a b\x01\x01", Why.MALFORMED, "invalid_request"),
        (b"n,,\x01" + GOOD + b"\x01\x01" + b"x" * 13_000, Why.MALFORMED, "invalid_request"),
    ],
)
async def test_oauthbearer_denied(authenticator, message, why, status):
    [end] = await log_in("OAUTHBEARER", authenticator, message)
    assert isinstance(end, Denied)
    assert end.denial.why is why
    assert json.loads(end.last or b"") == {"status": status}
    assert len(authenticator.attempts) == 1


@pytest.mark.parametrize("name", ["OAUTHBEARER", "XOAUTH2"])
@pytest.mark.parametrize("why", [Why.UNAVAILABLE, Why.SLOWED, Why.DISABLED])
async def test_a_token_that_is_not_at_fault_is_not_blamed(authenticator, name, why):
    authenticator.refuse_all = Denial(why, "later")
    message = (b"n,," if name == "OAUTHBEARER" else b"user=al@home.example") + b"\x01" + GOOD + b"\x01\x01"
    assert await log_in(name, authenticator, message) == [Denied(authenticator.refuse_all)]


@pytest.mark.parametrize("user", [b"al@home.example", b"AL@Home.Example", b""])
async def test_xoauth2(authenticator, user):
    [end] = await log_in("XOAUTH2", authenticator, b"user=" + user + b"\x01" + GOOD + b"\x01\x01")
    assert isinstance(end, Granted)
    assert end.login.address == AL


@pytest.mark.parametrize(
    ("message", "why", "status"),
    [
        (b"user=al@home.example\x01auth=Bearer other\x01\x01", Why.BAD_CREDENTIALS, "401"),
        (b"user=bo@home.example\x01" + GOOD + b"\x01\x01", Why.OTHER_IDENTITY, "401"),
        (b"user=al@home.example\x01" + GOOD + b"\x01", Why.MALFORMED, "400"),
        (GOOD + b"\x01\x01", Why.MALFORMED, "400"),
        (b"user=\xff\x01" + GOOD + b"\x01\x01", Why.MALFORMED, "400"),
    ],
)
async def test_xoauth2_denied(authenticator, message, why, status):
    [end] = await log_in("XOAUTH2", authenticator, message)
    assert isinstance(end, Denied)
    assert end.denial.why is why
    assert json.loads(end.last or b"") == {"status": status, "schemes": "Bearer"}


@pytest.mark.parametrize("identity", [b"", b"al@home.example"])
async def test_external(authenticator, identity):
    [end] = await log_in("EXTERNAL", authenticator, identity, channel=WITH_CERTIFICATE)
    assert isinstance(end, Granted)
    assert end.login.address == AL


async def test_external_without_initial_response(authenticator):
    first, end = await log_in("EXTERNAL", authenticator, None, b"", channel=WITH_CERTIFICATE)
    assert first == Challenge(b"")
    assert isinstance(end, Granted)


@pytest.mark.parametrize(
    ("identity", "why"),
    [
        (b"bo@home.example", Why.OTHER_IDENTITY),
        (b"al@home.example\0", Why.MALFORMED),
        (b"\xff", Why.MALFORMED),
    ],
)
async def test_external_denied(authenticator, identity, why):
    [end] = await log_in("EXTERNAL", authenticator, identity, channel=WITH_CERTIFICATE)
    assert isinstance(end, Denied)
    assert end.denial.why is why


async def test_external_with_the_certificate_of_nobody(authenticator):
    channel = Channel(AROUND, certificate=(parse_address("nobody@home.example"),))
    [end] = await log_in("EXTERNAL", authenticator, b"", channel=channel)
    assert isinstance(end, Denied)
    assert end.denial.why is Why.BAD_CREDENTIALS
