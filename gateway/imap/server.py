"""A listener of IMAP: the socket, and the connections that came over it."""

import asyncio
import socket

from gateway.imap.connection import Connection
from gateway.imap.service import Service


class Server:
    """One listening socket. `service` may be replaced: connections made from then on get the new one."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._listening: asyncio.Server | None = None

    async def listen(self, sock: socket.socket) -> None:
        """Accept connections on a bound socket, which from now on is ours."""
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(lambda: Connection(self.service), sock=sock, backlog=1024)

    async def close(self) -> None:
        """Accept no more."""
        if self._listening is not None:
            self._listening.close()
