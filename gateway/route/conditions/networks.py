"""Whether an address lies in a network."""

import ipaddress
from functools import lru_cache

from gateway.route.when import Network


@lru_cache(maxsize=4096)
def in_networks(ip: str, networks: tuple[Network, ...]) -> bool:
    """Whether the address (text, empty for none) lies in one of these networks; IPv4 inside IPv6 counts as IPv4."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return any((mapped or address) in network for network in networks)
