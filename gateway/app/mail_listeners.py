"""The listeners of a worker that take mail: each with what it is configured to offer now."""

import asyncio
import socket

from gateway.app import clock
from gateway.app.logins import LoginDesk
from gateway.app.observers import ReceiveCounter
from gateway.certificates.shelf import Shelf
from gateway.listen.admission import Admission
from gateway.listen.config import Listener, ListenerProtocol
from gateway.listen.peer import no_end_point
from gateway.receive.server import Server, serve
from gateway.receive.service import Holding, Service, Surroundings
from gateway.relay.intake import Intake
from gateway.settings.config import Config
from gateway.telemetry.logs import Log
from gateway.telemetry.metrics import Metrics


class MailListeners:
    """Added one by one, closed together."""

    def __init__(self, config: Config, desk: LoginDesk, shelf: Shelf, log: Log, metrics: Metrics) -> None:
        self._config = config
        self._desk = desk
        self._shelf = shelf
        self._log = log
        self._metrics = metrics
        self.admission = Admission()
        """Whoever listens for other protocols counts with it too."""
        self._servers: list[Server] = []

    async def add(self, sock: socket.socket, listener: Listener, intake: Intake) -> None:
        """Serve on this socket."""
        current = self._current(listener)
        server = await serve(sock, current, self._config.limits, intake, self._surroundings(current))
        self._servers.append(server)

    def reload(self, config: Config, intake: Intake) -> None:
        """Later connections get what is configured now."""
        self._config = config
        for server in self._servers:
            listener = self._current(server.service.listener)
            server.service = Service(listener, config.limits, intake, self._surroundings(listener))

    async def close(self) -> None:
        """No new mail; sessions finish the message that is arriving."""
        await asyncio.gather(*(server.close() for server in self._servers))

    def _current(self, listener: Listener) -> Listener:
        """The listener as it is configured now; as it was, where it is configured no more."""
        return next((each for each in self._config.listeners if each.name == listener.name), listener)

    def _surroundings(self, listener: Listener) -> Surroundings:
        config, shelf = self._config, self._shelf
        asks = listener.protocol is ListenerProtocol.SUBMISSION
        hold_limit = config.submission.hold_limit
        return Surroundings(
            config.hostname,
            config.trusted_networks,
            shelf.asking_context() if asks else shelf.context(),
            self.admission,
            ReceiveCounter(listener.name, self._metrics, self._log),
            self._desk.logins(),
            shelf.end_point if config.sasl.channel_binding else no_end_point,
            Holding(hold_limit, clock.now) if hold_limit else None,
        )
