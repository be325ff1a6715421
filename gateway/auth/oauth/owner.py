"""What claims about a token have to say before it counts as a log-in (RFC 7519 4.1, RFC 7662 2.2). Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.auth.authenticator import Why
from gateway.auth.config import OAuthIssuer
from gateway.auth.names import parse_login
from gateway.mail.address import Address
from gateway.mail.units import Seconds, Timestamp

LEEWAY: Final = Seconds(60)
"""How far the issuer's clock may be from ours."""

Claims = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class TokenOwner:
    """Whose token it is, says the issuer."""

    address: Address
    issuer: str
    """The issuer's name in the configuration."""


@dataclass(frozen=True, slots=True)
class TokenRefusal:
    """The token is no good (BAD_CREDENTIALS), or its issuer cannot be asked (UNAVAILABLE). `detail`: for the log."""

    why: Why
    detail: str


def refused(detail: str) -> TokenRefusal:
    """The token is no good."""
    return TokenRefusal(Why.BAD_CREDENTIALS, detail)


def owner(issuer: OAuthIssuer, claims: Claims, now: Timestamp) -> TokenOwner | TokenRefusal:
    """Judge claims that the issuer has vouched for."""
    if "iss" in claims and claims["iss"] != issuer.issuer:
        return refused("it is another issuer's")
    if issuer.audience not in _words(claims.get("aud"), split=False):
        return refused("it is for others (aud)")
    if not _in_time(claims, now):
        return refused("it has run out, or does not hold yet")
    lacking = set(issuer.scopes) - {*_words(claims.get("scope"), split=True), *_words(claims.get("scp"), split=True)}
    if lacking:
        return refused(f"it lacks the scope {min(lacking)}")
    if issuer.claim == "email" and claims.get("email_verified", True) not in (True, "true"):
        return refused("its address is not verified")
    return _owner(issuer, claims.get(issuer.claim))


def _owner(issuer: OAuthIssuer, name: object) -> TokenOwner | TokenRefusal:
    address = parse_login(name) if isinstance(name, str) else None
    if address is None:
        return refused(f"its claim {issuer.claim} is no address")
    return TokenOwner(address, issuer.name)


def _in_time(claims: Claims, now: Timestamp) -> bool:
    end, begin = _time(claims, "exp", math.inf), _time(claims, "nbf", -math.inf)
    return end is not None and begin is not None and begin <= now + LEEWAY and now - LEEWAY < end


def _time(claims: Claims, name: str, otherwise: float) -> float | None:
    """A NumericDate; None where it is something else."""
    value = claims.get(name, otherwise)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _words(value: object, *, split: bool) -> list[str]:
    """One or more texts, as issuers write them: a list, or one text (of words with blanks between them)."""
    if isinstance(value, str):
        return value.split() if split else [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
