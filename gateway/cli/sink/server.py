"""A small SMTP and LMTP server for trying things out and for tests.

async with SinkServer(PLAIN.without("SMTPUTF8")) as sink:
    ...                                   # something sends to 127.0.0.1, sink.port
    [message] = await sink.wait_for(1)
"""

import asyncio
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from gateway.cli.sink.behaviour import ANNOUNCED, CONNECT, END_OF_DATA, PLAIN, Behaviour
from gateway.cli.sink.received import Received, ReceivedRecipient
from gateway.cli.sink.session import Session

__all__ = [
    "ANNOUNCED",
    "CONNECT",
    "END_OF_DATA",
    "PLAIN",
    "Behaviour",
    "Received",
    "ReceivedRecipient",
    "SinkServer",
]


class SinkServer:
    """Listens while it is entered. `messages` has what came, in order."""

    def __init__(
        self,
        behaviour: Behaviour = PLAIN,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        path: str | None = None,
        told: Callable[[Received], None] | None = None,
    ) -> None:
        """`port` 0: a free one. `path`: a Unix socket instead. `told` hears of each message as it comes."""
        self.behaviour = behaviour
        self.host = host
        self.port = port
        self.path = path
        self.messages: list[Received] = []
        self.connections = 0
        self._told = told
        self._open: set[Session] = set()
        self._put_off = 0
        self._server: asyncio.Server | None = None
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        if self.path is not None:
            self._server = await loop.create_unix_server(self._session, self.path)
        else:
            self._server = await loop.create_server(self._session, self.host, self.port)
            self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for session in list(self._open):
            session.close()
        while self._open:
            self._news.clear()
            await self._news.wait()
        if self._server is not None:
            await self._server.wait_closed()

    async def serve_forever(self) -> None:
        """Until cancelled."""
        if self._server is not None:
            await self._server.serve_forever()

    async def wait_for(self, count: int, *, within: float = 10) -> Sequence[Received]:
        """The messages, once there are so many. Raises TimeoutError."""
        async with asyncio.timeout(within):
            while len(self.messages) < count:
                self._news.clear()
                await self._news.wait()
        return self.messages

    async def wait_closed(self, *, within: float = 10) -> None:
        """Until no connection is open. Raises TimeoutError."""
        async with asyncio.timeout(within):
            while self._open:
                self._news.clear()
                await self._news.wait()

    def drop_connections(self) -> None:
        """Break all connections, as a server does that goes down."""
        for session in list(self._open):
            session.close()

    def _session(self) -> Session:
        return Session(self.behaviour, self)

    def joined(self, session: Session) -> int:
        """For sessions: a connection was made."""
        self.connections += 1
        self._open.add(session)
        return self.connections

    def left(self, session: Session) -> None:
        """For sessions: a connection has ended."""
        self._open.discard(session)
        self._news.set()

    def failing(self) -> bool:
        """For sessions: whether to put off this message."""
        self._put_off += 1
        return self._put_off <= self.behaviour.fail

    def received(self, message: Received) -> None:
        """For sessions: a message has come."""
        self.messages.append(message)
        self._news.set()
        if self._told is not None:
            self._told(message)
