"""JWTs (RFC 7519, RFC 7515) and the keys that they are checked with (RFC 7517), through PyJWT.

Only signatures with a public key are taken, and only by a key that says, or by its type admits, that it makes such
signatures: `none`, and an HMAC with a public key for its secret, find no way in (RFC 8725 2.1, 3.1).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import jwt
from jwt.types import Options

from gateway.auth.config import Algorithm
from gateway.auth.oauth.owner import Claims

Jwk = Mapping[str, object]

_SIGNATURE_ALONE: Final[Options] = {
    "verify_signature": True,
    "enforce_minimum_key_length": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}
"""What a token claims is judged by `gateway.auth.oauth.owner`, with the time that is passed in."""

_BROKEN: Final = (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError)
"""What PyJWT was seen to raise for tokens and keys that are wrong; only the first is its promise."""


@dataclass(frozen=True, slots=True)
class Unverified:
    """What a JWT says of itself. `kid`: the name of its key; empty where it has none."""

    issuer: str
    kid: str
    algorithm: str


def read(token: str) -> Unverified | None:
    """None where the token is no JWT."""
    try:
        header = jwt.get_unverified_header(token)
        claims = jwt.decode(token, options={"verify_signature": False})
    except _BROKEN:
        return None
    issuer, kid, algorithm = claims.get("iss"), header.get("kid", ""), header.get("alg")
    if isinstance(issuer, str) and isinstance(kid, str) and isinstance(algorithm, str):
        return Unverified(issuer, kid, algorithm)
    return None


def verified(token: str, said: Unverified, keys: Sequence[Jwk], allowed: Iterable[Algorithm]) -> Claims | None:
    """The claims of a token that one of the keys has signed; None: none of them has."""
    if said.algorithm not in {one.value for one in allowed}:
        return None
    for data in keys:
        if _fits(data, said):
            claims = _checked(token, data, said.algorithm)
            if claims is not None:
                return claims
    return None


def _fits(key: Jwk, said: Unverified) -> bool:
    right_name = not said.kid or key.get("kid") == said.kid
    return right_name and key.get("alg", said.algorithm) == said.algorithm and key.get("use", "sig") == "sig"


def _checked(token: str, data: Jwk, algorithm: str) -> Claims | None:
    try:
        key = jwt.PyJWK(dict(data), algorithm)
        return jwt.decode(token, key, [algorithm], _SIGNATURE_ALONE)
    except _BROKEN:
        return None
