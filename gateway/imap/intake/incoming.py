"""The octets of one message while they arrive: a small one in memory, a large one in a spool of its account."""

from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.store.protocol.emails import INLINE_LIMIT, Emails, Spool


class Incoming:
    """Used by one task; whatever becomes of it, `discard` ends it."""

    __slots__ = ("_emails", "_parts", "_spool", "size")

    def __init__(self, emails: Emails) -> None:
        self._emails = emails
        self._parts: list[bytes] = []
        self._spool: Spool | None = None
        self.size = 0

    async def write(self, data: bytes) -> None:
        """Append. Raises StoreUnavailable."""
        self.size += len(data)
        if self._spool is not None:
            await self._spool.write(data)
            return
        self._parts.append(data)
        if self.size > INLINE_LIMIT:
            self._spool = self._emails.spool()
            parts, self._parts = self._parts, []
            await self._spool.write(b"".join(parts))

    async def finish(self) -> OctetSource:
        """All of it; what is on disk is there for good. Raises StoreUnavailable."""
        if self._spool is not None:
            return await self._spool.finish()
        parts, self._parts = self._parts, []
        return MemoryOctets(parts[0] if len(parts) == 1 else b"".join(parts))

    def discard(self) -> None:
        """Let go of it, unless it was appended. Safe to call twice."""
        self._parts = []
        if self._spool is not None:
            self._spool.discard()
