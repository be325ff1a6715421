"""A TCP connection to an address, or one to a Unix socket."""

import asyncio
import ipaddress
import os
import socket


class Unreachable(Exception):
    """No connection; the message names the address and says why."""


async def dial(address: str, port: int, source: str | None, within: float) -> socket.socket:
    """Connect from `source`, where its family is that of the address. Raises Unreachable."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if source is not None and (":" in source) == (family == socket.AF_INET6):
            sock.bind((source, 0))
        return await _connected(sock, (address, port), within)
    except TimeoutError as error:
        raise Unreachable(f"{_shown(address, port)} did not answer in {within:g} s") from error
    except OSError as error:
        raise Unreachable(f"{_shown(address, port)}: {_reason(error)}") from error


async def dial_path(path: str, within: float) -> socket.socket:
    """Connect to a Unix socket. Raises Unreachable."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        return await _connected(sock, path, within)
    except TimeoutError as error:
        raise Unreachable(f"{path} did not answer in {within:g} s") from error
    except OSError as error:
        raise Unreachable(f"{path}: {_reason(error)}") from error


async def _connected(sock: socket.socket, to: tuple[str, int] | str, within: float) -> socket.socket:
    try:
        async with asyncio.timeout(within):
            await asyncio.get_running_loop().sock_connect(sock, to)
    except BaseException:
        sock.close()
        raise
    return sock


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else str(error)


def _shown(address: str, port: int) -> str:
    try:
        return f"[{address}]:{port}" if ipaddress.ip_address(address).version == 6 else f"{address}:{port}"
    except ValueError:
        return f"{address}:{port}"
