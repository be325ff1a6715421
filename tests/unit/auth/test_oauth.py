"""OAuth tokens: JWTs by the issuer's keys, opaque ones by introspection, over real HTTP on loopback."""

import asyncio
import base64
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.auth.authenticator import Why
from gateway.auth.config import Algorithm, Introspection, OAuthIssuer
from gateway.auth.oauth.checker import TokenChecker
from gateway.auth.oauth.owner import TokenOwner, TokenRefusal
from gateway.mail.address import parse_address
from gateway.mail.secret import Secret
from gateway.mail.units import Timestamp
from tests.support.oauth_issuer import CLAIMS, EC, ED, NOW, OTHER_RSA, PUBLIC, RSA, issuer, token

AL = TokenOwner(parse_address("al@home.example"), "staff")


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> Timestamp:
        return Timestamp(self.now)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def served():
    with issuer() as running:
        yield running


@pytest.fixture
def checker(served, clock):
    config = OAuthIssuer(
        name="staff",
        issuer="https://login.home.example",
        audience="mail.home.example",
        jwks=f"{served.url}/jwks",
        scopes=("mail",),
    )
    made = TokenChecker([config], clock)
    yield made
    made.close()


def _asking(url: str) -> OAuthIssuer:
    return OAuthIssuer(
        name="staff",
        issuer="https://login.home.example",
        audience="mail.home.example",
        introspection=Introspection(url=url, client="mail gateway", secret=Secret("s:1+ü")),
    )


async def _why(checker: TokenChecker, text: str) -> Why:
    found = await checker.check(text)
    assert isinstance(found, TokenRefusal)
    return found.why


@pytest.mark.parametrize(
    "text",
    [
        token(),
        token(kid=None),
        token(algorithm="PS256"),
        token(EC, "ec", "ES256"),
        token(ED, "ed", "EdDSA"),
        token(aud=["other.example", "mail.home.example"]),
        token(scope=["mail"]),
        token(scope=None, scp="mail calendar"),
        token(nbf=NOW - 1),
        token(exp=NOW - 30),
        token(email_verified=True),
        token(sub=7, jti=1, iat="whenever"),
    ],
)
async def test_good_tokens(checker, text):
    assert await checker.check(text) == AL


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        (token(OTHER_RSA), "signature"),
        (token(OTHER_RSA, "ec"), "signature"),
        (token(EC, "rsa", "ES256"), "signature"),
        (token(kid="unknown"), "signature"),
        (token(algorithm="RS384"), "kind"),
        (token("", algorithm="none"), "kind"),
        (token(iss="https://elsewhere.example"), "no issuer"),
        (token(iss=None), "no issuer"),
        (token(aud="other.example"), "aud"),
        (token(aud=None), "aud"),
        (token(exp=NOW - 61), "run out"),
        (token(exp=None), "how long"),
        (token(exp="tomorrow"), "run out"),
        (token(exp=True), "run out"),
        (token(nbf=NOW + 61), "does not hold yet"),
        (token(nbf="x"), "does not hold yet"),
        (token(scope="openid"), "scope mail"),
        (token(scope="mailbox"), "scope mail"),
        (token(email="al"), "no address"),
        (token(email=None), "no address"),
        (token(email=["al@home.example"]), "no address"),
        (token(email_verified=False), "not verified"),
        ("", "no issuer"),
        ("opaque", "no issuer"),
        ("a.b.c", "no issuer"),
        ("e30.e30.", "no issuer"),
        (token()[:-8] + "AAAAAAAA", "signature"),
        (token() + "x" * 13_000, "no issuer"),
    ],
)
async def test_bad_tokens(checker, text, detail):
    found = await checker.check(text)
    assert isinstance(found, TokenRefusal)
    assert found.why is Why.BAD_CREDENTIALS
    assert detail in found.detail


def _with_hmac(secret: bytes) -> str:
    """A token of whoever takes a public key for the secret of an HMAC."""
    header, claims = ({"alg": "HS256", "kid": "rsa"}, CLAIMS)
    parts = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in (header, claims)]
    signed = b".".join(parts)
    signature = base64.urlsafe_b64encode(hmac.digest(secret, signed, "sha256")).rstrip(b"=")
    return (signed + b"." + signature).decode()


async def test_an_hmac_with_the_public_key_as_its_secret(checker):
    """And nobody can configure it: the algorithms have no word for it."""
    key = RSA.public_key()
    for form in (PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1):
        assert await _why(checker, _with_hmac(key.public_bytes(Encoding.PEM, form))) is Why.BAD_CREDENTIALS
    assert not [one for one in Algorithm if one.startswith("HS") or one == "none"]


async def test_a_symmetric_key_in_the_set_signs_nothing(served, checker):
    served.keys = {"keys": [{"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "kid": "rsa"}]}
    assert await _why(checker, _with_hmac(b"secret" * 6)) is Why.BAD_CREDENTIALS
    assert await _why(checker, token()) is Why.BAD_CREDENTIALS


async def test_keys_are_fetched_once(served, checker):
    await asyncio.gather(*(checker.check(token()) for _ in range(20)))
    assert served.asked == ["GET /jwks"]


async def test_an_unknown_key_is_looked_for_once_a_minute(served, checker, clock):
    new = token(OTHER_RSA, "new")
    assert await checker.check(token()) == AL
    clock.now += 59
    assert await _why(checker, new) is Why.BAD_CREDENTIALS
    assert len(served.asked) == 1
    served.keys = {"keys": [*PUBLIC, {**_jwk(OTHER_RSA), "kid": "new"}]}
    clock.now += 1
    assert await checker.check(new) == AL
    for number in range(20):
        assert await _why(checker, token(kid=f"unknown-{number}")) is Why.BAD_CREDENTIALS
    assert len(served.asked) == 2


def _jwk(key: Any) -> dict[str, Any]:
    return jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)


async def test_a_key_that_was_withdrawn(served, checker, clock):
    assert await checker.check(token()) == AL
    served.keys = {"keys": PUBLIC[1:]}
    clock.now += 3601
    assert await _why(checker, token(exp=clock.now + 60)) is Why.BAD_CREDENTIALS


async def test_an_issuer_that_is_away_does_not_lock_out_whose_key_is_known(served, checker, clock):
    assert await checker.check(token()) == AL
    served.status = 503
    clock.now += 3601
    later = token(exp=clock.now + 90_000)
    assert await checker.check(later) == AL
    assert await _why(checker, token(kid="unknown", exp=clock.now + 60)) is Why.UNAVAILABLE
    clock.now += 86_400
    assert await _why(checker, later) is Why.UNAVAILABLE


@pytest.mark.parametrize("status", [302, 401, 404, 500])
async def test_an_issuer_that_does_not_answer_as_it_should(served, checker, status):
    served.status = status
    assert await _why(checker, token()) is Why.UNAVAILABLE
    assert served.asked == ["GET /jwks"]


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"keys": 1}', b" " * 300_000, b"[" * 100_000])
async def test_an_answer_that_is_no_key_set(served, checker, body):
    served.body = body
    assert await _why(checker, token()) is Why.UNAVAILABLE


@pytest.mark.parametrize(
    "key",
    [
        1,
        {},
        {"kty": "RSA", "kid": "rsa"},
        {"kty": "RSA", "kid": "rsa", "n": 1, "e": "AQAB"},
        {"kty": "RSA", "kid": "rsa", "n": "AQAB", "e": "AQAB"},
        {"kty": "EC", "kid": "rsa", "crv": "P-256", "x": "AA", "y": "AA"},
        {**PUBLIC[0], "use": "enc"},
        {**PUBLIC[0], "alg": "RS512"},
    ],
)
async def test_keys_that_are_broken_or_for_something_else(served, checker, key):
    served.keys = {"keys": [key]}
    assert await _why(checker, token()) is Why.BAD_CREDENTIALS
    assert await _why(checker, token(kid=None)) is Why.BAD_CREDENTIALS


async def test_after_a_failure_the_issuer_is_left_alone_for_a_while(served, checker, clock):
    served.status = 500
    assert await _why(checker, token()) is Why.UNAVAILABLE
    served.status = 200
    assert await _why(checker, token()) is Why.UNAVAILABLE
    clock.now += 10
    assert await checker.check(token()) == AL


async def test_nobody_listens(clock):
    config = OAuthIssuer(
        name="staff", issuer="https://login.home.example", audience="x", jwks="http://127.0.0.1:9/jwks"
    )
    checker = TokenChecker([config], clock)
    found = await checker.check(token())
    checker.close()
    assert isinstance(found, TokenRefusal)
    assert found.why is Why.UNAVAILABLE
    assert found.detail.startswith("staff: http://127.0.0.1:9/jwks: ")


async def test_keys_in_a_file(tmp_path, clock):
    file = tmp_path / "keys.json"
    config = OAuthIssuer(
        name="staff", issuer="https://login.home.example", audience="mail.home.example", jwks_file=file
    )
    checker = TokenChecker([config], clock)
    assert await _why(checker, token()) is Why.UNAVAILABLE
    file.write_text(json.dumps({"keys": PUBLIC}))
    clock.now += 10
    assert await checker.check(token()) == AL
    checker.close()


async def test_introspection(served, clock):
    checker = TokenChecker([_asking(f"{served.url}/introspect")], clock)
    served.known["opaque"] = {"active": True, "aud": "mail.home.example", "email": "al@home.example"}
    assert await checker.check("opaque") == AL
    assert served.authorization == "mail+gateway:s%3A1%2B%C3%BC"
    signed = token()
    served.known[signed] = {**CLAIMS, "active": True}
    assert await checker.check(signed) == AL
    assert served.asked == ["POST /introspect"] * 2
    assert await _why(checker, token(iss="https://elsewhere.example")) is Why.BAD_CREDENTIALS
    assert len(served.asked) == 2
    checker.close()


@pytest.mark.parametrize(
    "said",
    [
        {"active": False},
        {},
        {"active": "true", "aud": "mail.home.example", "email": "al@home.example"},
        {"active": True, "email": "al@home.example"},
        {"active": True, "aud": "other.example", "email": "al@home.example"},
        {"active": True, "aud": "mail.home.example", "email": "al@home.example", "iss": "https://elsewhere.example"},
        {"active": True, "aud": "mail.home.example", "email": "al@home.example", "exp": NOW - 100},
        {"active": True, "aud": "mail.home.example"},
    ],
)
async def test_introspection_that_vouches_for_nothing(served, clock, said):
    checker = TokenChecker([_asking(f"{served.url}/introspect")], clock)
    served.known["opaque"] = said
    assert await _why(checker, "opaque") is Why.BAD_CREDENTIALS
    checker.close()


@pytest.mark.parametrize(("status", "body"), [(401, b"{}"), (200, b"[]"), (200, b"x"), (302, b"{}")])
async def test_introspection_that_fails(served, clock, status, body):
    checker = TokenChecker([_asking(f"{served.url}/introspect")], clock)
    served.status, served.body = status, body
    found = await checker.check("very-secret-token")
    checker.close()
    assert isinstance(found, TokenRefusal)
    assert found.why is Why.UNAVAILABLE
    assert "secret" not in found.detail
    assert "s:1" not in found.detail


async def test_too_many_questions_at_once(served, clock):
    checker = TokenChecker([_asking(f"{served.url}/introspect")], clock)
    found = await asyncio.gather(*(_why(checker, f"token-{number}") for number in range(60)))
    checker.close()
    assert found.count(Why.UNAVAILABLE) == 24
    assert found.count(Why.BAD_CREDENTIALS) == 36


async def test_another_issuer_is_asked_next(served, clock):
    away = OAuthIssuer(
        name="away",
        issuer="https://away.example",
        audience="x",
        introspection=Introspection(url="http://localhost:9/", client="x", secret=Secret("x")),
    )
    checker = TokenChecker([away, _asking(f"{served.url}/introspect")], clock)
    served.known["opaque"] = {"active": True, "aud": "mail.home.example", "email": "al@home.example"}
    assert await checker.check("opaque") == AL
    assert await _why(checker, "unknown") is Why.UNAVAILABLE
    checker.close()


@pytest.mark.parametrize(
    "url",
    ["http://login.home.example/jwks", "ftp://127.0.0.1/", "https://", "login.home.example", "http://[::2]/", "//x"],
)
def test_urls_that_protect_nothing(url):
    with pytest.raises(ValueError, match="https://"):
        OAuthIssuer(name="x", issuer="x", audience="x", jwks=url)
    with pytest.raises(ValueError, match="https://"):
        Introspection(url=url, client="x", secret=Secret("x"))


@pytest.mark.parametrize(
    "url", ["https://login.home.example/", "http://127.0.0.1:8/", "http://[::1]/", "http://localhost/"]
)
def test_urls_that_will_do(url):
    assert OAuthIssuer(name="x", issuer="x", audience="x", jwks=url).jwks == url


def test_one_way_to_check_is_wanted(tmp_path):
    with pytest.raises(ValueError, match="exactly one"):
        OAuthIssuer(name="x", issuer="x", audience="x")
    with pytest.raises(ValueError, match="exactly one"):
        OAuthIssuer(name="x", issuer="x", audience="x", jwks="https://x.example/", jwks_file=tmp_path)
