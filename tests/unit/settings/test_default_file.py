"""config/gateway.yaml is the documentation of the configuration: it names all that can be written."""

import re
from pathlib import Path

import pytest

from gateway.accounts.config import AccountConfig, LoginConfig, PasswordConfig, Quota, SubmissionConfig
from gateway.auth.config import Introspection, OAuthIssuer, SaslConfig
from gateway.certificates.config import (
    AcmeConfig,
    ByCommand,
    ByUpdate,
    CertificateFiles,
    DnsChallenge,
    DnsUpdate,
    TlsConfig,
    TsigKey,
)
from gateway.listen.config import Listener
from gateway.relay.config import AcceptConfig, RelayDomain
from gateway.route.config import Rejection, Relay, RelayAuth, RelayHost, RewriteRule, RouteRule
from gateway.route.retry import Retry
from gateway.route.when import SizeRange, TimeRange, When
from gateway.settings.config import Config
from gateway.settings.hints import schema_of

TEXT = (Path(__file__).parents[3] / "config/gateway.yaml").read_text()
KINDS = [
    Config, Listener, AcceptConfig, RelayDomain, Relay, RelayAuth, RelayHost, RouteRule, RewriteRule, Rejection, Retry,
    TlsConfig, CertificateFiles, AcmeConfig, DnsChallenge, ByUpdate, ByCommand, DnsUpdate, TsigKey,
    When, SizeRange, TimeRange, AccountConfig, LoginConfig, PasswordConfig, Quota, SubmissionConfig,
    SaslConfig, OAuthIssuer, Introspection,
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_is_named(kind):
    schema = schema_of(kind)
    assert schema is not None
    missing = [name for name in schema.keys if not re.search(rf"\b{name}\b", TEXT)]
    assert missing == []


def test_every_line_is_short_enough_to_read():
    assert max(map(len, TEXT.splitlines())) <= 120
