"""IP addresses in text, and where they lie. IPv4 within IPv6 (RFC 4291 2.5.5.2) is IPv4."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

IpAddress = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def parse_ip(text: str) -> IpAddress | None:
    """The address, whatever its zone; None: it is none."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


@lru_cache(maxsize=4096)
def is_loopback(text: str) -> bool:
    """Whether it is an address of this machine's own; of what is no address, no."""
    address = parse_ip(text)
    return address is not None and address.is_loopback


@lru_cache(maxsize=4096)
def in_networks(text: str, networks: tuple[Network, ...]) -> bool:
    """Whether the address lies in one of these networks; of what is no address, no."""
    address = parse_ip(text)
    return address is not None and any(address in network for network in networks)
