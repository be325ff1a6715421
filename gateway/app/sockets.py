"""Listening sockets: bound once by the supervisor, one per worker and listener, shared by port (SO_REUSEPORT).

The supervisor keeps them open, so that the connections which a dead worker had not taken yet wait for its successor.
"""

import contextlib
import socket
from dataclasses import dataclass

from gateway.listen.config import Listener
from gateway.settings.check_listeners import parse_bind

BACKLOG = 1024


class CannotBind(Exception):
    """A listener's address cannot be had; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A listener with one socket for each worker."""

    listener: Listener
    sockets: tuple[socket.socket, ...]


def split(bind: str) -> tuple[str, int]:
    """`127.0.0.1:2525`, `[::1]:25` or `*:25` as host and port; `*` is `::`, IPv4 included. Raises ValueError."""
    host, port = parse_bind(bind)
    return ("::" if host == "*" else host), port


def bind_all(listeners: tuple[Listener, ...], workers: int) -> tuple[Bound, ...]:
    """Bind every listener. Raises CannotBind; then none stays bound."""
    with contextlib.ExitStack() as stack:
        bound = tuple(
            Bound(listener, tuple(stack.enter_context(_bind(listener)) for _ in range(workers)))
            for listener in listeners
        )
        stack.pop_all()
        return bound


def _bind(listener: Listener) -> socket.socket:
    host, port = split(listener.bind)
    sock = _socket(host, everything=listener.bind.startswith("*"))
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind((host, port))
        sock.listen(BACKLOG)
        sock.settimeout(0)
    except OSError as error:
        sock.close()
        raise CannotBind(
            f"listener {listener.name}: cannot listen on {listener.bind}: {error.strerror}; "
            "is another program using it, or does the port need root?"
        ) from error
    return sock


def _socket(host: str, *, everything: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if everything else 1)
    return sock


def is_taken(listener: Listener) -> bool:
    """Whether another program listens already: SO_REUSEPORT would share the port with it without a word."""
    host, port = split(listener.bind)
    with _socket(host, everything=listener.bind.startswith("*")) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False
