"""The networks that attempts of a client are counted for, and known by."""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, ip_network

from gateway.mail.ip import IpAddress, parse_ip

_IPV4 = re.compile(r"[1-9]\d{0,2}(?:\.(?:0|[1-9]\d{0,2})){3}", re.ASCII)
"""As sockets write it; whoever is no such address has no connection."""

NOWHERE = "local"
"""A client without an IP address: a program on this machine."""


@dataclass(frozen=True, slots=True)
class Networks:
    """Where a client is."""

    host: str
    """What one subscriber has at least: an IPv4 address, a /64 of IPv6."""
    wide: str
    """What one site has: a /24 of IPv4, a /56 of IPv6 (RFC 6177)."""


@lru_cache(maxsize=4096)
def networks(client: str) -> Networks:
    """Read the client's address in text."""
    if _IPV4.fullmatch(client):
        return Networks(f"{client}/32", f"{client.rpartition('.')[0]}.0/24")
    address = parse_ip(client)
    if address is None:
        return Networks(NOWHERE, NOWHERE)
    host, wide = (32, 24) if isinstance(address, IPv4Address) else (64, 56)
    return Networks(_network(address, host), _network(address, wide))


def _network(address: IpAddress, bits: int) -> str:
    return str(ip_network((address, bits), strict=False))
