"""The listeners of a worker that IMAP is spoken on."""

import asyncio
import socket

from gateway.app import clock
from gateway.app.logins import LoginDesk
from gateway.imap.server import Server
from gateway.imap.service import Service
from gateway.listen.config import Listener
from gateway.mailbox.views import Views
from gateway.settings.config import Config
from gateway.store.protocol.store import Store


class ImapListeners:
    """Added one by one, closed together."""

    def __init__(self, config: Config, desk: LoginDesk, store: Store) -> None:
        self._config = config
        self._desk = desk
        self._store = store
        self._views = Views(store)
        self._servers: list[Server] = []

    async def add(self, sock: socket.socket, _listener: Listener) -> None:
        """Serve on this socket."""
        server = Server(self._service())
        await server.listen(sock)
        self._servers.append(server)

    def reload(self, config: Config) -> None:
        """Later connections get what is configured now."""
        self._config = config
        for server in self._servers:
            server.service = self._service()

    async def close(self) -> None:
        """No new connections; those that are there end."""
        await asyncio.gather(*(server.close() for server in self._servers))

    def _service(self) -> Service:
        config = self._config
        desk = self._desk
        return Service(
            config.hostname.ascii, config.imap, desk.logins(), self._store, self._views, desk.directory, clock.now
        )
