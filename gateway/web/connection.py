"""HTTP/1 for a few GET pages, without a web framework: one request a connection.

What a stranger can send is bounded in size, in time and in number.
"""

import asyncio
from typing import Final, Protocol, cast

from typing_extensions import override

from gateway.web.request import MAX_HEAD, BadRequest, Request, parse_request
from gateway.web.response import Response

PATIENCE: Final = 10.0
"""Seconds for a request to come and its response to be taken."""

MOST_CLIENTS: Final = 64
"""Connections at once; more are closed unanswered."""


class Pages(Protocol):
    """What is served."""

    async def answer(self, request: Request) -> Response:
        """The response to a request."""
        ...


class Connection(asyncio.Protocol):
    """Reads one request, writes one response, closes."""

    def __init__(self, pages: Pages, open_now: "set[Connection]") -> None:
        self._pages = pages
        self._open_now = open_now
        self._head = bytearray()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport = cast("asyncio.Transport", transport)
        if len(self._open_now) >= MOST_CLIENTS:
            transport.abort()
            return
        self._open_now.add(self)
        self._timer = asyncio.get_running_loop().call_later(PATIENCE, transport.abort)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._open_now.discard(self)
        for running in (self._timer, self._task):
            if running is not None:
                running.cancel()

    @override
    def data_received(self, data: bytes) -> None:
        if self._task is not None or self._transport is None:
            return
        self._head += data
        if b"\r\n\r\n" in self._head:
            self._task = asyncio.ensure_future(self._answer(self._transport, bytes(self._head)))
        elif len(self._head) > MAX_HEAD:
            self._refuse(self._transport, f"a request has at most {MAX_HEAD} octets")

    @override
    def eof_received(self) -> bool:
        """Keep our half open while an answer is being made."""
        return self._task is not None

    async def _answer(self, transport: asyncio.Transport, head: bytes) -> None:
        try:
            request = parse_request(head)
        except BadRequest as error:
            self._refuse(transport, str(error))
            return
        response = await self._pages.answer(request)
        transport.write(response.wire(with_body=request.method != "HEAD"))
        transport.close()

    def _refuse(self, transport: asyncio.Transport, why: str) -> None:
        transport.write(Response(400, f"{why}\n".encode()).wire())
        transport.close()
