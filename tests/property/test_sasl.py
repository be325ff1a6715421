"""Every mechanism survives whatever a client sends: it goes on, or ends in one recorded attempt."""

import asyncio
import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.auth.mechanisms import start
from gateway.auth.mechanisms.scram_messages import read_final, read_first, read_header
from gateway.auth.sasl import MAX_RESPONSE, Challenge, Channel, Denied, Granted
from gateway.mail.address import parse_address
from tests.support.fake_authenticator import FakeAccount, FakeAuthenticator, FakePassword
from tests.support.sasl_client import AROUND

NAMES = [
    "PLAIN", "LOGIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS", "OAUTHBEARER",
    "XOAUTH2", "EXTERNAL",
]  # fmt: skip
ACCOUNT = FakeAccount("al@home.example", (FakePassword("secret"),), tokens=("token",))
CHANNEL = Channel(AROUND, b"end point", (parse_address("al@home.example"),))
PIECES = st.sampled_from(
    [
        b"n,,", b"y,,", b"p=tls-server-end-point,,", b"n,a=al@home.example,", b"n=al@home.example", b",", b"=",
        b"r=abc", b"c=biws", b"p=", b"m=", b"=2C", b"\0", b"\x01", b"al@home.example", b"secret", b"user=",
        b"auth=Bearer token", b"host=x", b"token", b"\x01\x01", "ö".encode(), b"\xff", base64.b64encode(bytes(32)),
        b"a" * 300,
    ]
)  # fmt: skip
RESPONSES = st.lists(st.none() | st.binary() | st.lists(PIECES, max_size=9).map(b"".join), min_size=1, max_size=5)


async def _speak(name: str, responses: list[bytes | None]) -> None:
    authenticator = FakeAuthenticator([ACCOUNT])
    exchange = start(name, CHANNEL, authenticator)
    assert exchange is not None
    for count, response in enumerate(responses):
        step = await exchange.step(response)
        if isinstance(step, Granted | Denied):
            assert len(authenticator.attempts) == 1
            assert isinstance(step, Granted) or authenticator.attempts[0].result == step.denial
            return
        assert isinstance(step, Challenge)
        assert authenticator.attempts == []
        assert count < 2, "an exchange ends"


@pytest.mark.parametrize("name", NAMES)
@given(responses=RESPONSES)
@settings(deadline=None)
def test_any_responses(name, responses):
    asyncio.run(_speak(name, responses))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("octet", [b"a", b",", b"=", b"\0", b"\x01", b"\xff"])
def test_responses_that_are_too_long(name, octet):
    asyncio.run(_speak(name, [octet * (MAX_RESPONSE + 1)] * 3))


@given(st.text(st.sampled_from("nyp=a,r=2C3Dc\0xé+/ "), max_size=60))
def test_messages_of_scram(text):
    first = read_first(text)
    if first is not None:
        assert text == first.header.text + first.bare
        assert read_header(text) == first.header
        assert first.name
        assert first.nonce
    final = read_final(text)
    if final is not None:
        assert text.startswith(final.unproven + ",p=")


@given(st.text(st.characters(min_codepoint=1, codec="utf-8"), min_size=1))
def test_names_come_through_as_they_were_meant(name):
    escaped = name.replace("=", "=3D").replace(",", "=2C")
    first = read_first(f"n,a={escaped},n={escaped},r=abc")
    assert first is not None
    assert first.name == name
    assert first.header.identity == name
