"""The listeners of a worker that IMAP is spoken on: each with what it is configured to offer now."""

import asyncio
import socket
from dataclasses import dataclass

from gateway.app import clock
from gateway.app.imap_observer import ImapCounter
from gateway.app.logins import LoginDesk
from gateway.certificates.shelf import Shelf
from gateway.imap.server import Server
from gateway.imap.service import Service, Surroundings
from gateway.listen.admission import Admission
from gateway.listen.config import Listener
from gateway.listen.peer import no_end_point
from gateway.mailbox.views import Views
from gateway.settings.config import Config
from gateway.store.protocol.store import Store
from gateway.telemetry.logs import Log
from gateway.telemetry.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Means:
    """What IMAP works with, of one worker."""

    desk: LoginDesk
    shelf: Shelf
    store: Store
    admission: Admission
    """Shared by all protocols."""


class ImapListeners:
    """Added one by one, closed together."""

    def __init__(self, config: Config, means: Means, log: Log, metrics: Metrics) -> None:
        self._config = config
        self._means = means
        self._log = log
        self._metrics = metrics
        self._views = Views(means.store)
        self._servers: list[Server] = []

    async def add(self, sock: socket.socket, listener: Listener) -> None:
        """Serve on this socket."""
        server = Server(self._service(listener))
        await server.listen(sock)
        self._servers.append(server)

    def reload(self, config: Config) -> None:
        """Later connections get what is configured now."""
        self._config = config
        for server in self._servers:
            server.service = self._service(server.service.listener)

    async def close(self) -> None:
        """No new connections; sessions finish the command that is under way."""
        await asyncio.gather(*(server.close() for server in self._servers))

    def _service(self, listener: Listener) -> Service:
        config, means = self._config, self._means
        return Service(
            config.hostname.ascii,
            config.imap,
            means.desk.logins(),
            means.store,
            self._views,
            means.desk.directory,
            clock.now,
            self._surroundings(listener),
        )

    def _surroundings(self, listener: Listener) -> Surroundings:
        config, means = self._config, self._means
        current = next((each for each in config.listeners if each.name == listener.name), listener)
        return Surroundings(
            current,
            config.limits,
            means.admission,
            ImapCounter(current.name, self._metrics, self._log),
            means.shelf.asking_context(),
            config.trusted_networks,
            means.shelf.end_point if config.sasl.channel_binding else no_end_point,
            config.limits.failed_logins,
        )
