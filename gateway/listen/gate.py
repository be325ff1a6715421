"""Stands between a transport and its TLS for as long as the handshake lasts, and hands on what arrives in turns.

Every octet of a client can cost a signature or a key exchange then, whichever version of TLS, however it cuts its
octets and however often it begins again: all of it is paced, and a client that sends nothing takes nobody's turn.
"""

import asyncio
from typing import Final, cast

from typing_extensions import override

from gateway.listen.turns import Turns

_MOST: Final = 64 * 1024
"""Octets kept; then the client has to wait until it is its turn."""

_shared: Final = bytearray(_MOST)


class Gate(asyncio.BufferedProtocol):
    """For one handshake."""

    def __init__(self, wire: asyncio.Transport, turns: Turns) -> None:
        self._wire = wire
        self._turns = turns
        self._inner = cast("asyncio.BufferedProtocol", wire.get_protocol())
        self._kept = b""
        self._ended = False
        wire.set_protocol(self)

    def open(self) -> None:
        """The handshake is over."""
        if self._wire.get_protocol() is self:
            self._wire.set_protocol(self._inner)
        self._hand_on()

    def push(self, data: bytes) -> None:
        """These octets came first."""
        self._keep(data)

    @override
    def get_buffer(self, sizehint: int) -> bytearray:
        """Emptied by `buffer_updated` before anybody else's octets are read."""
        return _shared

    @override
    def buffer_updated(self, nbytes: int) -> None:
        self._keep(bytes(memoryview(_shared)[:nbytes]))

    @override
    def eof_received(self) -> bool | None:
        self._hand_on()
        return self._inner.eof_received()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._kept = b""
        self._inner.connection_lost(exc)

    @override
    def pause_writing(self) -> None:
        self._inner.pause_writing()

    @override
    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def _keep(self, data: bytes) -> None:
        if not data:
            return
        if not self._kept:
            self._turns.soon(self._hand_on)
        self._kept += data
        if len(self._kept) >= _MOST:
            self._wire.pause_reading()

    def _hand_on(self) -> None:
        data, self._kept = self._kept, b""
        if len(data) >= _MOST and not self._wire.is_closing():
            self._wire.resume_reading()
        while data and not self._wire.is_closing():
            buffer = memoryview(cast("bytearray", self._inner.get_buffer(len(data))))
            size = min(len(buffer), len(data))
            buffer[:size] = data[:size]
            self._inner.buffer_updated(size)
            data = data[size:]
