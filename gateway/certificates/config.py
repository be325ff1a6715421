"""Settings of TLS on our listeners: which certificates they show, and how those of ACME (RFC 8555) are had."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

from gateway.mail.address import Address
from gateway.mail.domain import parse_domain
from gateway.mail.secret import Secret
from gateway.mail.units import Seconds
from gateway.net.name_server import parse_server

_URL: Final = re.compile(r"https?://[!-~]+")
_HALF_HOUR: Final = Seconds(1800)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFiles:
    """A certificate beside the first one, for other names."""

    certificate: Path
    """PEM file: the certificate, then those of its issuers."""
    key: Path
    """PEM file: the private key."""


@dataclass(frozen=True, slots=True)
class CertificateName:
    """A name that a certificate is asked for: a host, or `*.` and a domain. `text` has A-labels."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read it. Raises ValueError."""
        star = "*." if text.startswith("*.") else ""
        domain = parse_domain(text.removeprefix("*."))
        if domain.is_literal:
            raise ValueError(f"{text!r} is an address, not a name")
        return cls(star + domain.ascii)


class HttpChallenge(StrEnum):
    """`http-01`: answered by a listener with `protocol: http` that the world reaches on port 80 (RFC 8555 8.3)."""

    HTTP_01 = "http-01"


class TsigAlgorithm(StrEnum):
    """How updates are signed (RFC 8945 6)."""

    HMAC_SHA224 = "hmac-sha224"
    HMAC_SHA256 = "hmac-sha256"
    HMAC_SHA384 = "hmac-sha384"
    HMAC_SHA512 = "hmac-sha512"


@dataclass(frozen=True, slots=True, kw_only=True)
class TsigKey:
    """The key that the name server knows us by."""

    name: str
    """As the name server calls it."""
    algorithm: TsigAlgorithm = TsigAlgorithm.HMAC_SHA256
    """hmac-sha224, hmac-sha256, hmac-sha384 or hmac-sha512."""
    secret: Secret
    """`{file: PATH}` or `{env: NAME}`: base64, as key generators print it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsUpdate:
    """Where and how records are updated (RFC 2136, RFC 8945)."""

    server: str
    """IP address of the primary name server, with or without a port."""
    key: TsigKey
    """{name, algorithm, secret}."""
    zone: CertificateName
    """The zone that the challenge's records belong to."""

    def __post_init__(self) -> None:
        parse_server(self.server)


@dataclass(frozen=True, slots=True, kw_only=True)
class ByUpdate:
    """`dns-01: {rfc2136: …}`."""

    rfc2136: DnsUpdate
    """{server, key, zone}."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByCommand:
    """`dns-01: {command: …}`."""

    command: tuple[str, ...]
    """A program with its arguments; `present NAME VALUE` or `cleanup NAME VALUE` follow. No shell reads them."""
    servers: tuple[str, ...] = ()
    """Name servers that have to answer with the record, as address or address:port; absent: those of the zone."""

    def __post_init__(self) -> None:
        if not self.command or not self.command[0].startswith("/"):
            raise ValueError("`command` begins with the absolute path of a program")
        for server in self.servers:
            parse_server(server)


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsChallenge:
    """`challenge: {dns-01: …}` (RFC 8555 8.4); needed for names with `*`."""

    dns_01: ByUpdate | ByCommand = field(metadata={"key": "dns-01"})
    """{rfc2136: …} or {command: …}."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeConfig:
    """A certificate that a certificate authority gives to programs."""

    directory: str
    """The URL of the authority's directory: https://acme-v02.api.letsencrypt.org/directory."""
    names: tuple[CertificateName, ...]
    """The names that it is for; the first one names it in logs and metrics."""
    email: Address | None = None
    """Whom the authority may write to."""
    challenge: HttpChallenge | DnsChallenge = HttpChallenge.HTTP_01
    """http-01, or {dns-01: …}."""
    renew_before: Seconds | None = None
    """How long before its end it is renewed; absent: when a third of its lifetime is left."""
    ca_file: Path | None = None
    """PEM file: who vouches for the directory's own certificate, where the usual authorities do not."""
    terms_agreed: bool = False
    """Whether you agree to the authority's terms of service; it has to be `true`."""
    propagation: Seconds = _HALF_HOUR
    """dns-01: how long the name servers may take to answer with a new record."""

    def __post_init__(self) -> None:
        if not _URL.fullmatch(self.directory):
            raise ValueError("`directory` is a URL: https://…")
        if not self.names:
            raise ValueError("`names` names at least one host")
        if not self.terms_agreed:
            raise ValueError("read the authority's terms of service, and say `terms_agreed: true`")
        if self.challenge is HttpChallenge.HTTP_01 and any(name.text.startswith("*") for name in self.names):
            raise ValueError("names with * are only given by `challenge: {dns-01: …}`")


@dataclass(frozen=True, slots=True)
class TlsConfig:
    """The certificates shown by our listeners. None at all: a self-signed one is made and kept in the data folder."""

    certificate: Path | None = None
    """PEM file: the certificate, then those of its issuers."""
    key: Path | None = None
    """PEM file: the private key."""
    certificates: tuple[CertificateFiles, ...] = ()
    """More of them, for other names; clients get the one that bears the name they ask for."""
    acme: AcmeConfig | None = None
    """A certificate that is had and renewed by ACME."""
    client_ca: Path | None = None
    """PEM file: the authorities whose certificates people may log in with on submission listeners (EXTERNAL)."""
