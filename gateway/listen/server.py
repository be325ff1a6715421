"""A listener: the socket, the connections that came over it, and their end."""

import asyncio
import socket
from collections.abc import Callable
from itertools import islice
from typing import Final, Generic, TypeVar

from gateway.listen.connection import Connection, Registry
from gateway.listen.site import Site
from gateway.listen.turns import Turns

_BACKLOG: Final = 1024
_AT_ONCE: Final = 1000
"""Connections looked at in a turn of the event loop: about a millisecond."""

S = TypeVar("S", bound=Site)


class Server(Generic[S]):
    """One listening socket. `service` may be replaced: connections made from then on get the new one."""

    def __init__(self, service: S, connection: Callable[[S, Registry], Connection]) -> None:
        self.service = service
        self.turns = Turns()
        self._connection = connection
        self._connections: set[Connection] = set()
        self._listening: asyncio.Server | None = None
        self._sweep: asyncio.TimerHandle | None = None
        self._empty = asyncio.Event()
        self._empty.set()

    async def listen(self, sock: socket.socket) -> None:
        """Accept connections on a bound socket, which from now on is ours."""
        # Connections inherit it; asyncio, unlike uvloop, sets it only where the socket was made with IPPROTO_TCP.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(
            lambda: self._connection(self.service, self), sock=sock, backlog=_BACKLOG
        )
        self._look(())

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
        """Accept no more; tell idle clients; let what is under way end, for at most as long as `room.shutdown` says."""
        if self._listening is not None:
            self._listening.close()
        for connection in tuple(self._connections):
            connection.stop()
        try:
            await asyncio.wait_for(self._empty.wait(), self.service.room.shutdown)
        except TimeoutError:
            for connection in tuple(self._connections):
                connection.abort()
            await asyncio.sleep(0)
        if self._sweep is not None:
            self._sweep.cancel()

    def _look(self, left: tuple[Connection, ...]) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection in islice(left, _AT_ONCE):
            connection.look(now)
        more = left[_AT_ONCE:]
        if more:
            self._sweep = loop.call_later(0, self._look, more)
        else:
            self._sweep = loop.call_later(self.service.pace, self._look_at_all)

    def _look_at_all(self) -> None:
        self._look(tuple(self._connections))
