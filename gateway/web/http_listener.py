"""The listener with `protocol: http`."""

import asyncio
import socket
from collections.abc import Callable

from gateway.web.connection import Connection
from gateway.web.http_pages import HttpPages


async def serve(sock: socket.socket, challenge: Callable[[str], bytes | None]) -> asyncio.Server:
    """Serve on a bound socket until the server returned is closed. `challenge`: see HttpPages."""
    pages = HttpPages(challenge)
    open_now: set[Connection] = set()
    return await asyncio.get_running_loop().create_server(lambda: Connection(pages, open_now), sock=sock)
