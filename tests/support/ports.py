"""Ports on loopback that are free at the moment of asking, and stay so."""

import os
import random
import socket
from collections.abc import Iterator
from itertools import islice

_PORTS = range(10_240, 32_768)
"""Below those that the system gives to outgoing connections, which would take one between our asking and its use."""


_PROCESSES = 4


def _own() -> range:
    """The ports of this process of pytest-xdist (`gw0`, `gw1`, …): what one asks for is never another's too."""
    number = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return _PORTS[int(number) % _PROCESSES :: _PROCESSES]


def _shuffled() -> Iterator[int]:
    """All ports of this process in turn: none is given out again before all others were."""
    ports = _own()
    while True:
        yield from random.SystemRandom().sample(ports, len(ports))


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
