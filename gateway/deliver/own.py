"""Who we are, so that mail is never sent to ourselves (RFC 5321 5.1, 6.3)."""

import functools
import ipaddress
import socket
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OwnIdentity:
    """Our names in A-labels, and where we listen: the unspecified address stands for all of this machine's.

    `hostname` is the one that we greet with.
    """

    hostname: str
    names: frozenset[str] = frozenset()
    listening: frozenset[tuple[str, int]] = frozenset()

    def is_us(self, host: str, addresses: tuple[str, ...], port: int) -> bool:
        """Whether a host is this server."""
        if (
            host == self.hostname
            or host in self.names
            or any((address, port) in self.listening for address in addresses)
        ):
            return True
        return self._everywhere(port) and any(is_local(address) for address in addresses)

    def _everywhere(self, port: int) -> bool:
        return any(port == own and _unspecified(address) for address, own in self.listening)


def _unspecified(address: str) -> bool:
    """`0.0.0.0` or `::`; a name to listen on is no such address."""
    try:
        return ipaddress.ip_address(address.removeprefix("[").removesuffix("]")).is_unspecified
    except ValueError:
        return False


@functools.lru_cache(maxsize=1024)
def is_local(address: str) -> bool:
    """Whether an address is one of this machine's: only such an address can be bound."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True
