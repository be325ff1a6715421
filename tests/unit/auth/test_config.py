"""`sasl` and `oauth` in the configuration file."""

import re
from pathlib import Path

import pytest

from gateway.auth.config import Algorithm, Mechanism, OAuthIssuer, SaslConfig
from tests.unit.settings.read import HEAD, config, problems

DEFAULT = (Path(__file__).parents[3] / "config/gateway.yaml").read_text(encoding="utf-8")
ISSUER = "oauth: {name: staff, issuer: 'https://login.example', audience: mail"


def test_nothing_is_needed():
    assert config(HEAD).sasl == SaslConfig()
    assert config(HEAD).oauth == ()


def test_the_default_file_has_the_defaults():
    found = re.search(r"^sasl:\n(?:  .*\n)+", DEFAULT, re.MULTILINE)
    assert found is not None
    assert config(HEAD + found[0]).sasl == SaslConfig()


def test_sasl():
    read = config(HEAD + "sasl: {mechanisms: [PLAIN, SCRAM-SHA-256], channel_binding: yes}\n").sasl
    assert read == SaslConfig(mechanisms=(Mechanism.PLAIN, Mechanism.SCRAM_SHA_256), channel_binding=True)


def test_the_commented_issuer_of_the_default_file():
    found = re.search(r"^# oauth:\n(?:#   .*\n)+", DEFAULT, re.MULTILINE)
    assert found is not None
    [issuer] = config(HEAD + re.sub(r"^# ", "", found[0], flags=re.MULTILINE)).oauth
    assert issuer == OAuthIssuer(
        name="staff",
        issuer="https://login.home.example",
        audience="mail.home.example",
        jwks="https://login.home.example/jwks.json",
        scopes=("mail",),
        algorithms=(Algorithm.RS256, Algorithm.PS256, Algorithm.ES256, Algorithm.EDDSA),
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (ISSUER + "}", "exactly one of `jwks`, `jwks_file` and `introspection` is wanted"),
        (ISSUER + ", jwks: 'http://login.example/'}", "begins with https://"),
        (ISSUER + ", jwks: 'https://login.example/', algorithms: []}", "`algorithms` names none"),
        (ISSUER + ", jwks: 'https://login.example/', algorithms: [HS256]}", "HS256"),
        (ISSUER + ", jwks: 'https://login.example/', algorithms: [none]}", "none"),
        (ISSUER + ", introspection: {url: 'https://x.example/', client: x, secret: abc}}", "a secret is never written"),
        ("sasl: {mechanisms: [CRAM-MD5]}", "CRAM-MD5"),
        ("sasl: {mechanisms: [SCRAM-SHA-256-PLUS]}", "SCRAM-SHA-256-PLUS"),
    ],
)
def test_what_is_refused(text, why):
    assert any(why in problem for problem in map(str, problems(HEAD + text + "\n")))
