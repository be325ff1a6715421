"""What can be configured about logging in: SASL mechanisms, and the OAuth issuers whose tokens count."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from gateway.mail.ip import is_loopback
from gateway.mail.secret import Secret


class Mechanism(StrEnum):
    """The SASL mechanisms that there are. -PLUS comes with `channel_binding`."""

    SCRAM_SHA_256 = "SCRAM-SHA-256"
    SCRAM_SHA_1 = "SCRAM-SHA-1"
    PLAIN = "PLAIN"
    LOGIN = "LOGIN"
    OAUTHBEARER = "OAUTHBEARER"
    XOAUTH2 = "XOAUTH2"
    EXTERNAL = "EXTERNAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaslConfig:
    """How clients log in."""

    mechanisms: tuple[Mechanism, ...] = tuple(Mechanism)
    """Those to offer, where they can be: OAuth only with `oauth`, EXTERNAL only to a client with a certificate."""
    channel_binding: bool = False
    """Whether the -PLUS form of SCRAM is offered under TLS (`tls-server-end-point`)."""


class Algorithm(StrEnum):
    """Signatures of tokens (RFC 7518 3.1, RFC 8037). None of them can be made with a public key."""

    RS256 = "RS256"
    RS384 = "RS384"
    RS512 = "RS512"
    PS256 = "PS256"
    PS384 = "PS384"
    PS512 = "PS512"
    ES256 = "ES256"
    ES384 = "ES384"
    ES512 = "ES512"
    EDDSA = "EdDSA"


_USUAL: Final = (Algorithm.RS256, Algorithm.PS256, Algorithm.ES256, Algorithm.EDDSA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Introspection:
    """Where the issuer is asked about each token (RFC 7662)."""

    url: str
    """https, or http to this machine."""
    client: str
    """Our own name there."""
    secret: Secret
    """Our own password there."""

    def __post_init__(self) -> None:
        _demand_safe(self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthIssuer:
    """Somebody whose tokens count. One of `jwks`, `jwks_file` and `introspection` says how they are checked."""

    name: str
    """For messages and logs."""
    issuer: str
    """What `iss` in a token has to be."""
    audience: str
    """What `aud` in a token has to be, or to contain."""
    jwks: str | None = None
    """The URL of the issuer's keys (RFC 7517): https, or http to this machine."""
    jwks_file: Path | None = None
    """A file with the issuer's keys."""
    introspection: Introspection | None = None
    """The issuer is asked about each token instead."""
    claim: str = "email"
    """The claim with the address of the account."""
    scopes: tuple[str, ...] = ()
    """What `scope` has to contain."""
    algorithms: tuple[Algorithm, ...] = _USUAL
    """The signatures that are taken."""

    def __post_init__(self) -> None:
        given = [way for way in (self.jwks, self.jwks_file, self.introspection) if way is not None]
        if len(given) != 1:
            raise ValueError("exactly one of `jwks`, `jwks_file` and `introspection` is wanted")
        if not self.algorithms:
            raise ValueError("`algorithms` names none")
        if self.jwks is not None:
            _demand_safe(self.jwks)


def _demand_safe(url: str) -> None:
    """https, so that nobody else can answer; http to this machine alone."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError as error:
        raise ValueError(f"{url!r} is no URL: {error}") from error
    if host and parts.scheme == "https":
        return
    if parts.scheme != "http" or not (host == "localhost" or is_loopback(host)):
        raise ValueError(f"{url!r} is no URL that begins with https:// (http:// will do for this machine alone)")
