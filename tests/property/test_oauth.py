"""Tokens and claims of any kind are judged, and never raise."""

import base64
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.auth.config import Algorithm, OAuthIssuer
from gateway.auth.oauth.owner import TokenOwner, TokenRefusal, owner
from gateway.auth.oauth.signature import Unverified, read, verified
from gateway.mail.units import Timestamp
from tests.support.oauth_issuer import CLAIMS, NOW, PUBLIC, token

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["iss", "aud", "exp", "nbf", "scope", "scp", "email", "email_verified", "sub", "iat"])
HEADERS = st.dictionaries(st.sampled_from(["alg", "kid", "crit", "b64", "typ", "jwk", "jku"]), JSON, max_size=4)
ISSUER = OAuthIssuer(
    name="staff",
    issuer="https://login.home.example",
    audience="mail.home.example",
    jwks="https://login.home.example/jwks",
    scopes=("mail",),
)
GOOD = token()


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _judged(text: str) -> object:
    said = read(text)
    return verified(text, said, PUBLIC, Algorithm) if said else None


@given(changes=st.dictionaries(NAMES, JSON))
def test_any_claims(changes):
    found = owner(ISSUER, {**CLAIMS, **changes}, Timestamp(NOW))
    assert isinstance(found, TokenOwner | TokenRefusal)


@given(header=HEADERS, claims=st.dictionaries(NAMES, JSON) | JSON, signature=st.binary(max_size=20))
@settings(deadline=None)
def test_any_token_that_looks_like_one(header, claims, signature):
    end = base64.urlsafe_b64encode(signature).rstrip(b"=").decode()
    assert _judged(f"{_part(header)}.{_part(claims)}.{end}") is None
    assert _judged(f"{_part({'alg': 'RS256', **header})}.{_part({**CLAIMS, 'x': claims})}.{end}") is None


@given(st.text(st.sampled_from('abcdeyJ0.-_=A{}"\u00e9\0'), max_size=80))
def test_any_text(text):
    assert _judged(text) is None


@given(st.integers(0, len(GOOD) - 1), st.sampled_from("AQgw-_.="))
@settings(deadline=None)
def test_a_changed_token_is_not_what_was_signed(place, letter):
    changed = GOOD[:place] + letter + GOOD[place + 1 :]
    claims = _judged(changed)
    assert claims is None or claims == CLAIMS


@given(
    key=st.dictionaries(
        st.sampled_from(["kty", "crv", "n", "e", "x", "y", "d", "k", "alg", "use", "oth"]),
        JSON | st.sampled_from(["RSA", "EC", "OKP", "oct", "P-256", "AQAB", "AA", "Ed25519", "RS256"]),
    )
)
@settings(deadline=None)
def test_any_key(key):
    for algorithm in ("RS256", "PS256", "ES256", "EdDSA", "HS256", "none", ""):
        assert verified(GOOD, Unverified("x", "", algorithm), [key], Algorithm) is None


def test_nested_deeply():
    deep = base64.urlsafe_b64encode(b"[" * 9000).rstrip(b"=").decode()
    assert _judged(f"{deep}.{deep}.") is None
    assert _judged(f"{_part({'alg': 'RS256'})}.{deep}.") is None
