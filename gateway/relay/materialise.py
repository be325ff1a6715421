"""Turns a rendition into octets to inspect and send: in memory when small, else spooled for the attempt."""

from collections.abc import Callable

from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.queue.protocol import Spool, SpooledBody
from gateway.rewrite.pieces import Rendition

IN_MEMORY = 1024 * 1024
"""Rewritten messages up to this many octets stay in memory."""


class Workbench:
    """Keeps the temporary bodies that one attempt makes, until `discard`."""

    def __init__(self, spool: Callable[[], Spool]) -> None:
        self._spool = spool
        self._temporary: list[SpooledBody] = []

    async def octets(self, rendition: Rendition) -> OctetSource:
        """The rendition's octets. Raises QueueUnavailable where there is no room to spool them."""
        data = bytearray()
        chunks = rendition.chunks()
        for chunk in chunks:
            data += chunk
            if len(data) > IN_MEMORY:
                break
        else:
            return MemoryOctets(bytes(data))
        spool = self._spool()
        try:
            await spool.write(bytes(data))
            for chunk in chunks:
                await spool.write(chunk)
            body = await spool.finish()
        except BaseException:
            spool.discard()
            raise
        self._temporary.append(body)
        return body

    def discard(self) -> None:
        """Remove the temporary bodies."""
        for body in self._temporary:
            body.discard()
