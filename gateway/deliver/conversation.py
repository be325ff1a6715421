"""A connection to a server: commands out, replies in (RFC 5321 3.1, RFC 2920).

It takes the transport over after the handshake. What the server does is told in values: `exchange` returns fewer
replies than were asked for where the connection broke, and `broken` says how. Whoever owns conversations calls
`tick` now and then, which is what makes time-outs happen.
"""

import asyncio
import math
from collections.abc import Callable
from typing import Final

from typing_extensions import override

from gateway.mail.capabilities import Capabilities
from gateway.mail.reply import Reply
from gateway.relay.transport import Endpoint
from gateway.smtp.errors import ProtocolError
from gateway.smtp.reply_parser import ReplyParser

SERVICE_CLOSING: Final = 421
"""RFC 5321 4.2.1: the server closes the connection, whatever was asked."""


class Conversation(asyncio.Protocol):
    """Used by one task at a time."""

    __slots__ = (
        "_deadline",
        "_loop",
        "_parser",
        "_paused",
        "_replies",
        "_transport",
        "_waiter",
        "_wanted",
        "broken",
        "busy",
        "capabilities",
        "endpoint",
        "idle_since",
        "on_lost",
        "quitting",
        "stale",
        "transactions",
    )

    def __init__(self, endpoint: Endpoint, capabilities: Capabilities, transport: asyncio.Transport) -> None:
        self.endpoint = endpoint
        self.capabilities = capabilities
        self.transactions = 0
        """Messages sent so far."""
        self.stale = False
        """A transaction was begun and not ended: RSET is due before the next."""
        self.broken = ""
        """Not empty: why nothing more can be said."""
        self.busy = False
        self.quitting = False
        self.idle_since = 0.0
        self.on_lost: Callable[[Conversation], None] | None = None
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._parser = ReplyParser()
        self._replies: list[Reply] = []
        self._wanted = 0
        self._waiter: asyncio.Future[None] | None = None
        self._paused = False
        self._deadline = math.inf
        transport.set_protocol(self)

    @property
    def fit(self) -> bool:
        """Whether another transaction may be tried."""
        return not (self.broken or self.quitting or self._transport.is_closing() or self._parser.pending)

    @property
    def answered(self) -> bool:
        """Whether a reply has come that nobody has waited for yet."""
        return bool(self._replies)

    async def exchange(self, data: bytes, count: int, within: float) -> list[Reply]:
        """Send, then wait for so many replies. Fewer: the connection is of no use any more.

        A 421 is the last reply whenever it comes.
        """
        self._wanted = count
        if data:
            self._transport.write(data)
        if len(self._replies) < count and not self.broken:
            await self._wait(within)
        replies, self._replies = self._replies, []
        return replies

    async def send(self, data: bytes, within: float) -> bool:
        """Send a block, and wait while the server is slow to take it. False: there is no point in sending more."""
        self._transport.write(data)
        if self._paused and not self.broken and not self._replies:
            self._wanted = 1
            await self._wait(within)
        return not self.broken and not self._replies

    async def _wait(self, within: float) -> None:
        self._waiter = self._loop.create_future()
        self._deadline = self._loop.time() + within
        try:
            await self._waiter
        finally:
            self._waiter = None
            self._deadline = math.inf

    def tick(self, now: float) -> None:
        """Break the connection where the server has taken too long."""
        if now >= self._deadline:
            self._fail("the server did not answer in time")

    def quit(self, within: float) -> None:
        """End politely: QUIT is said, and the connection closed when the server answers, or at the latest then."""
        if self.broken or self._transport.is_closing():
            self.abort()
            return
        self.quitting = True
        self._deadline = self._loop.time() + within
        self._transport.write(b"QUIT\r\n")

    def abort(self, why: str = "closed by us") -> None:
        """Break the connection."""
        self.broken = self.broken or why
        self._transport.abort()

    def _fail(self, why: str) -> None:
        self.abort(why)
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    @override
    def data_received(self, data: bytes) -> None:
        if self.quitting:
            self._transport.close()
            return
        try:
            replies = self._parser.feed(data)
        except ProtocolError as error:
            self._fail(error.reply.text)
            return
        if not self.busy:
            self._fail("the server spoke out of turn" + (f": {replies[0]}" if replies else ""))
            return
        self._replies += replies
        closing = replies and replies[-1].code == SERVICE_CLOSING
        if closing:
            self.broken = self.broken or f"the server closed the session: {replies[-1]}"
        if closing or len(self._replies) >= self._wanted:
            self._wake()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.broken = self.broken or (f"the connection broke: {exc}" if exc else "the server closed the connection")
        self._wake()
        if self.on_lost is not None:
            self.on_lost(self)

    @override
    def pause_writing(self) -> None:
        self._paused = True

    @override
    def resume_writing(self) -> None:
        self._paused = False
        self._wake()
