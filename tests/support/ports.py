"""Ports on loopback that are free at the moment of asking."""

import socket


def free_ports(count: int) -> list[int]:
    """So many different free TCP ports; all are held open until the last one is known."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def free_port() -> int:
    """One free TCP port."""
    return free_ports(1)[0]
