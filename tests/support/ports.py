"""Ports on loopback that are free at the moment of asking, and stay so."""

import random
import socket
from collections.abc import Iterator
from itertools import islice

_PORTS = range(10_240, 32_768)
"""Below those that the system gives to outgoing connections, which would take one between our asking and its use."""


def _shuffled() -> Iterator[int]:
    """Each port once: none is given out twice by this process, and another begins elsewhere."""
    yield from random.SystemRandom().sample(_PORTS, len(_PORTS))


_untried = _shuffled()


def free_ports(count: int) -> list[int]:
    """So many different free TCP ports."""
    return list(islice(filter(_is_free, _untried), count))


def free_port() -> int:
    """One free TCP port."""
    return free_ports(1)[0]


def _is_free(port: int) -> bool:
    with socket.socket() as sock:
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
