"""Settings of DNS."""

from dataclasses import dataclass

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
