"""The listener for programs that watch."""

import asyncio
import socket
from collections.abc import Callable

from gateway.web.connection import Connection
from gateway.web.metrics_pages import MetricsPages
from gateway.web.readiness import Check


async def serve(sock: socket.socket, collect: Callable[[], bytes], check: Check) -> asyncio.Server:
    """Serve on a bound socket until the server returned is closed."""
    pages = MetricsPages(collect, check)
    open_now: set[Connection] = set()
    return await asyncio.get_running_loop().create_server(lambda: Connection(pages, open_now), sock=sock)
