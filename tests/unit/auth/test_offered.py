"""Which mechanisms a connection is offered, and that no other can be started."""

import dataclasses

import pytest

from gateway.auth.authenticator import Circumstances, Service
from gateway.auth.config import Mechanism, SaslConfig
from gateway.auth.mechanisms import offered, start
from gateway.auth.sasl import Channel
from gateway.mail.address import parse_address
from tests.support.fake_authenticator import FakeAuthenticator
from tests.support.sasl_client import AROUND

PASSWORDS = ("SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN")
TOKENS = ("OAUTHBEARER", "XOAUTH2")
PLUS = ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS")
UNDER_TLS = Channel(AROUND, b"end point", (parse_address("al@home.example"),))
LOOPBACK = Channel(Circumstances(Service.SMTP, "submission", "127.0.0.1", None))
ALL = (*PLUS, *PASSWORDS, *TOKENS, "EXTERNAL")


@pytest.mark.parametrize(
    ("config", "channel", "oauth", "names"),
    [
        (SaslConfig(channel_binding=True), UNDER_TLS, True, ALL),
        (SaslConfig(), UNDER_TLS, True, (*PASSWORDS, *TOKENS, "EXTERNAL")),
        (SaslConfig(), UNDER_TLS, False, (*PASSWORDS, "EXTERNAL")),
        (SaslConfig(channel_binding=True), Channel(AROUND), False, PASSWORDS),
        (SaslConfig(channel_binding=True), LOOPBACK, True, (*PASSWORDS, *TOKENS)),
        (SaslConfig(), Channel(dataclasses.replace(AROUND, tls=None)), True, ()),
        (SaslConfig(mechanisms=(Mechanism.PLAIN,), channel_binding=True), UNDER_TLS, True, ("PLAIN",)),
    ],
)
def test_offered(config, channel, oauth, names):
    assert offered(config, channel, oauth=oauth) == names


def test_what_is_offered_can_be_started():
    for name in ALL:
        assert start(name, UNDER_TLS, FakeAuthenticator()) is not None


def test_nothing_can_be_started_in_clear_text_from_afar():
    channel = dataclasses.replace(UNDER_TLS, around=dataclasses.replace(AROUND, tls=None))
    assert [start(name, channel, FakeAuthenticator()) for name in ALL] == [None] * len(ALL)


@pytest.mark.parametrize("name", [*PLUS, "EXTERNAL"])
def test_what_the_connection_cannot_prove(name):
    assert start(name, Channel(AROUND), FakeAuthenticator()) is None
    assert start(name, LOOPBACK, FakeAuthenticator()) is None
