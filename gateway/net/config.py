"""Settings of DNS and TLS."""

from dataclasses import dataclass
from pathlib import Path

from gateway.mail.units import Seconds

_TIMEOUT = Seconds(5)
_LIFETIME = Seconds(15)


@dataclass(frozen=True, slots=True)
class DnsConfig:
    """How names are resolved."""

    servers: tuple[str, ...] = ()
    """IP addresses, or `address:port`; empty: the system's (/etc/resolv.conf)."""
    validating: bool = False
    """The servers validate DNSSEC and the way to them is safe: their AD bit may be trusted."""
    timeout: Seconds = _TIMEOUT
    """How long one server may take to answer one question."""
    lifetime: Seconds = _LIFETIME
    """How long all servers together may take."""
    cache_entries: int = 10_000
    """Answers kept in memory."""


@dataclass(frozen=True, slots=True)
class TlsConfig:
    """The certificate shown by our listeners. Both absent: a self-signed one is made and kept in the data folder."""

    certificate: Path | None = None
    """PEM file: the certificate, then those of its issuers."""
    key: Path | None = None
    """PEM file: the private key."""
