"""PLAIN (RFC 4616) and LOGIN (draft-murchison-sasl-login-00)."""

import pytest

from gateway.auth.authenticator import Circumstances, CredentialId, Service, Why
from gateway.auth.mechanisms import start
from gateway.auth.sasl import Challenge, Channel, Denied, Granted
from tests.support.fake_authenticator import FakeAccount, FakeAuthenticator, FakePassword
from tests.support.sasl_client import log_in

AL = b"al@home.example"
JOERG = "jörg@bücher.example"


@pytest.fixture
def authenticator() -> FakeAuthenticator:
    return FakeAuthenticator(
        [
            FakeAccount("al@home.example", (FakePassword("secret"), FakePassword("app", frozenset({Service.IMAP})))),
            FakeAccount(JOERG, (FakePassword("schlüssel"),)),
            FakeAccount("off@home.example", (FakePassword("secret"),), disabled="on leave"),
        ]
    )


async def test_plain(authenticator):
    [end] = await log_in("PLAIN", authenticator, b"\0" + AL + b"\0secret")
    assert isinstance(end, Granted)
    assert str(end.login.address) == "al@home.example"
    assert end.login.credential == CredentialId(1)
    assert end.last is None
    assert authenticator.attempts[0].around.mechanism == "PLAIN"


async def test_plain_without_initial_response(authenticator):
    first, end = await log_in("PLAIN", authenticator, None, b"\0" + AL + b"\0secret")
    assert first == Challenge(b"")
    assert isinstance(end, Granted)


async def test_plain_name_and_password_are_prepared(authenticator):
    name = "JO\u0308RG@xn--bcher-kva.example"
    [end] = await log_in("PLAIN", authenticator, f"\0{name}\0schlu\u0308ssel".encode())
    assert isinstance(end, Granted)


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (b"\0" + AL + b"\0wrong", Why.BAD_CREDENTIALS),
        (b"\0nobody@home.example\0secret", Why.BAD_CREDENTIALS),
        (b"\0al\0secret", Why.BAD_CREDENTIALS),
        (b"off@home.example\0" + AL + b"\0secret", Why.OTHER_IDENTITY),
        (b"\0" + AL + b"\0app", Why.NOT_FOR_THIS),
        (b"\0off@home.example\0secret", Why.DISABLED),
        (b"", Why.MALFORMED),
        (b"\0\0", Why.MALFORMED),
        (b"\0" + AL + b"\0", Why.MALFORMED),
        (b"\0\0secret", Why.MALFORMED),
        (AL + b"\0secret", Why.MALFORMED),
        (b"\0" + AL + b"\0secret\0", Why.MALFORMED),
        (b"\0" + AL + b"\0secr\xff", Why.MALFORMED),
        (b"\0" + AL + b"\0" + b"s" * 13_000, Why.MALFORMED),
    ],
)
async def test_plain_denied(authenticator, message, why):
    [end] = await log_in("PLAIN", authenticator, message)
    assert isinstance(end, Denied)
    assert end.denial.why is why
    assert [attempt.why for attempt in authenticator.attempts] == [why]


async def test_plain_identity_that_is_the_same_account(authenticator):
    [end] = await log_in("PLAIN", authenticator, b"AL@Home.example\0" + AL + b"\0secret")
    assert isinstance(end, Granted)


async def test_plain_nothing_twice(authenticator):
    _, end = await log_in("PLAIN", authenticator, None, None)
    assert isinstance(end, Denied)
    assert end.denial.why is Why.MALFORMED


async def test_login(authenticator):
    first, second, end = await log_in("LOGIN", authenticator, None, AL, b"secret")
    assert (first, second) == (Challenge(b"Username:"), Challenge(b"Password:"))
    assert isinstance(end, Granted)
    assert authenticator.attempts[0].around.mechanism == "LOGIN"


async def test_login_with_the_name_at_once(authenticator):
    first, end = await log_in("LOGIN", authenticator, AL, b"secret")
    assert first == Challenge(b"Password:")
    assert isinstance(end, Granted)


async def test_login_forgives_a_nul_at_the_end(authenticator):
    *_, end = await log_in("LOGIN", authenticator, None, AL + b"\0", b"secret\0")
    assert isinstance(end, Granted)


@pytest.mark.parametrize("responses", [(b"",), (None, b""), (None, b"a\0b"), (None, b"\xff"), (None, None)])
async def test_login_malformed(authenticator, responses):
    *_, end = await log_in("LOGIN", authenticator, *responses)
    assert isinstance(end, Denied)
    assert end.denial.why is Why.MALFORMED


async def test_login_without_a_password_is_recorded_with_the_name(authenticator):
    *_, end = await log_in("LOGIN", authenticator, None, AL, b"")
    assert isinstance(end, Denied)
    assert [attempt.name for attempt in authenticator.attempts] == ["al@home.example"]


async def test_login_wrong_password(authenticator):
    *_, end = await log_in("LOGIN", authenticator, None, AL, b"wrong")
    assert isinstance(end, Denied)
    assert end.denial.why is Why.BAD_CREDENTIALS


def test_an_unknown_mechanism(authenticator):
    channel = Channel(Circumstances(Service.SMTP, "submission", "127.0.0.1", None))
    assert start("CRAM-MD5", channel, authenticator) is None


@pytest.mark.parametrize(
    ("client", "allowed"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("192.0.2.9", False),
        ("::ffff:192.0.2.9", False),
        ("2001:db8::1", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("name", ["PLAIN", "LOGIN"])
def test_in_clear_text_only_on_this_machine(authenticator, name, client, allowed):
    channel = Channel(Circumstances(Service.SMTP, "submission", client, None))
    assert (start(name, channel, authenticator) is not None) is allowed
