"""What goes to the client: collected, and sent in large pieces, no faster than it reads."""

import asyncio
from collections.abc import Callable
from typing import Final

_PIECE: Final = 32 * 1024
"""Octets that are collected before they are sent."""
A_TURN: Final = 0.001
"""Seconds that a command may work before others have their turn."""


class Unfinished(ConnectionError):
    """A response cannot be ended, and half of a literal cannot be taken back: the connection has to end."""


class Output:
    """Of one connection. `send` hands octets to the transport; `clear` waits until the client has read enough."""

    __slots__ = ("_clear", "_clock", "_parts", "_send", "_since", "_size", "gone", "sent")

    def __init__(
        self,
        send: Callable[[bytes], None],
        clear: Callable[[], "asyncio.Future[None] | None"],
        clock: Callable[[], float],
    ) -> None:
        self._send = send
        self._clear = clear
        self._clock = clock
        self._parts: list[bytes] = []
        self._size = 0
        self._since = 0.0
        self.gone = False
        """Nobody reads it any more: `breathe` says so."""
        self.sent = 0
        """How often something was."""

    def write(self, octets: bytes) -> None:
        """Add to what is sent. Of a long response, `breathe` now and then."""
        self._parts.append(octets)
        self._size += len(octets)

    def untagged(self, response: bytes) -> None:
        """`* `, the response, CRLF."""
        self.write(b"* %b\r\n" % response)

    def flush(self) -> None:
        """Send what was collected."""
        if self._parts:
            parts, self._parts, self._size = self._parts, [], 0
            self.sent += 1
            self._send(parts[0] if len(parts) == 1 else b"".join(parts))

    async def breathe(self) -> None:
        """To be called often during long work: sends, waits for a client that reads slowly, and lets others run.

        Raises ConnectionError where the client is gone.
        """
        if self.gone:
            raise ConnectionResetError("the client is gone")
        if self._size >= _PIECE:
            await self._send_all()
        await self._turn()

    async def _send_all(self) -> None:
        """A piece at a time: to compress one takes a millisecond."""
        parts, self._parts, self._size = self._parts, [], 0
        octets = parts[0] if len(parts) == 1 else b"".join(parts)
        self.sent += 1
        for start in range(0, len(octets), 2 * _PIECE):
            self._send(octets[start : start + 2 * _PIECE])
            clear = self._clear()
            if clear is not None:
                await clear
                self._since = self._clock()
            await self._turn()

    async def _turn(self) -> None:
        """Of others, after a while."""
        if self._clock() - self._since > A_TURN:
            await asyncio.sleep(0)
            self._since = self._clock()
            if self.gone:
                raise ConnectionResetError("the client is gone")

    def now(self) -> float:
        """Seconds, of the event loop."""
        return self._clock()

    def begin(self) -> None:
        """What follows is a turn of its own."""
        self._since = self._clock()
