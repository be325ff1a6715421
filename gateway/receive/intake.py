"""Where the octets of a message go while they arrive: memory up to INLINE_LIMIT, beyond that a file.

The relay puts its trace fields in front of what it is given, hence nothing is written before INLINE_LIMIT is passed.
"""

from collections.abc import Callable
from typing import Final

from gateway.mail.codes import BAD_CONTENT, MESSAGE_TOO_BIG, STORAGE_FULL
from gateway.mail.reply import Reply, reply
from gateway.mail.units import OctetCount
from gateway.queue.protocol import INLINE_LIMIT, QueueUnavailable, Spool, SpooledBody
from gateway.receive.newlines import NewlineWatch

_WRITE_SIZE: Final = 256 * 1024
"""Octets gathered before the file is written to."""

STORAGE_REFUSAL: Final = reply(452, STORAGE_FULL, "Cannot store the message now; try again later")


class Intake:
    """One message. After each `take` that leaves it `full`, `flush` must be awaited before the next."""

    __slots__ = ("_limit", "_parts", "_spool", "_spooling", "_unwritten", "_watch", "refusal", "size")

    def __init__(self, spool: Callable[[], Spool], limit: OctetCount, watch: NewlineWatch | None) -> None:
        self._spool = spool
        self._limit = limit
        self._watch = watch
        self._parts: list[bytes] = []
        self._unwritten = 0
        self._spooling: Spool | None = None
        self.size = 0
        """Octets taken, whether they are kept or not."""
        self.refusal: Reply | None = None
        """Why the message cannot be accepted; from then on its octets are dropped."""

    @property
    def full(self) -> bool:
        """Whether enough is in memory to be written out."""
        return self._unwritten > (INLINE_LIMIT if self._spooling is None else _WRITE_SIZE)

    def take(self, data: bytes) -> None:
        """The next octets of the content."""
        if self._watch is not None:
            data = self._watch.feed(data)
        self._keep(data)

    async def flush(self) -> None:
        """Write what is in memory to the file."""
        try:
            if self._spooling is None:
                self._spooling = self._spool()
            data = b"".join(self._parts)
            self._drop()
            await self._spooling.write(data)
        except QueueUnavailable:
            self.refuse(STORAGE_REFUSAL)

    def end(self) -> None:
        """The content is complete."""
        if self._watch is not None:
            self._keep(self._watch.end())

    @property
    def inline(self) -> bool:
        """Whether the message is in memory and may stay there, or is refused."""
        return self.refusal is not None or not (self._spooling is not None or self.full)

    def content(self) -> bytes | Reply:
        """The message, where it is `inline`; or why it cannot be accepted."""
        return self.refusal or b"".join(self._parts)

    async def spooled(self) -> SpooledBody | Reply:
        """The message, where it is not `inline`, fsynced; or why it cannot be accepted."""
        await self.flush()
        if self.refusal is not None or self._spooling is None:
            return self.refusal or STORAGE_REFUSAL
        try:
            return await self._spooling.finish()
        except QueueUnavailable:
            self.refuse(STORAGE_REFUSAL)
            return STORAGE_REFUSAL

    def refuse(self, refusal: Reply) -> None:
        """Keep nothing of it."""
        self.refusal = self.refusal or refusal
        self.discard()

    def discard(self) -> None:
        """Nobody wants it any more."""
        self._drop()
        if self._spooling is not None:
            self._spooling.discard()

    def _keep(self, data: bytes) -> None:
        self.size += len(data)
        if self.refusal is not None:
            return
        if self._watch is not None and self._watch.fault is not None:
            why = f"The message contains {self._watch.fault}; send lines that end with CRLF, and no NUL"
            self.refuse(reply(550, BAD_CONTENT, why))
        elif self.size > self._limit:
            self.refuse(too_big(self._limit))
        elif data:
            self._parts.append(data)
            self._unwritten += len(data)

    def _drop(self) -> None:
        self._parts.clear()
        self._unwritten = 0


def too_big(limit: OctetCount) -> Reply:
    """RFC 1870 6.1."""
    return reply(552, MESSAGE_TOO_BIG, f"The message is too big: at most {limit} octets are taken here; send less")
