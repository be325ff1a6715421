"""A listener: the socket, the connections that came over it, and their end."""

import asyncio
import socket
from typing import Final

from gateway.listen.config import Listener
from gateway.listen.turns import Turns
from gateway.receive.config import Limits
from gateway.receive.connection import Connection
from gateway.receive.service import Service, Surroundings
from gateway.relay.acceptance import Acceptor

_BACKLOG: Final = 1024


class Server:
    """One listening socket. `service` may be replaced: connections made from then on get the new one."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.turns = Turns()
        self._connections: set[Connection] = set()
        self._listening: asyncio.Server | None = None
        self._sweep: asyncio.TimerHandle | None = None
        self._empty = asyncio.Event()
        self._empty.set()

    async def listen(self, sock: socket.socket) -> None:
        """Accept connections on a bound socket, which from now on is ours."""
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(lambda: Connection(self.service, self), sock=sock, backlog=_BACKLOG)
        self._look()

    @property
    def connections(self) -> int:
        """How many there are now."""
        return len(self._connections)

    def arrived(self, connection: Connection) -> None:
        """A connection is open."""
        self._connections.add(connection)
        self._empty.clear()

    def gone(self, connection: Connection) -> None:
        """A connection is closed."""
        self._connections.discard(connection)
        if not self._connections:
            self._empty.set()

    async def close(self) -> None:
        """Accept no more; tell idle clients 421; let messages in flight arrive, for at most `Limits.shutdown`."""
        if self._listening is not None:
            self._listening.close()
        for connection in tuple(self._connections):
            connection.stop()
        try:
            await asyncio.wait_for(self._empty.wait(), self.service.limits.shutdown)
        except TimeoutError:
            for connection in tuple(self._connections):
                connection.abort()
            await asyncio.sleep(0)
        if self._sweep is not None:
            self._sweep.cancel()

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection in tuple(self._connections):
            connection.look(now)
        self._sweep = loop.call_later(_pace(self.service.limits), self._look)


async def serve(
    sock: socket.socket, listener: Listener, limits: Limits, acceptor: Acceptor, surroundings: Surroundings
) -> Server:
    """Start serving a listener on a socket that is bound to its address."""
    server = Server(Service(listener, limits, acceptor, surroundings))
    await server.listen(sock)
    return server


def _pace(limits: Limits) -> float:
    """Seconds between two looks at all connections: time-outs are this exact."""
    return max(0.01, min(1.0, limits.command_idle / 4, limits.data_idle / 4, limits.data_grace / 4))
