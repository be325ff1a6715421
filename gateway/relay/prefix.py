"""What we put in front of a message: our trace field, and for our own people the fields that it must have and lacks."""

from typing_extensions import override

from gateway.mail.octets import MemoryOctets
from gateway.mime.header import HeaderBlock, header_block
from gateway.queue.protocol import Spool, SpooledBody
from gateway.relay.acceptance import Draft
from gateway.rewrite.trace import Stamp, missing_fields, received


def prefix(draft: Draft, stamp: Stamp, header: HeaderBlock) -> bytes:
    """The fields for the top. Only trusted clients' mail is completed (RFC 6409 8): others' is theirs to write."""
    fields = received(draft.origin, stamp)
    if not draft.origin.trusted:
        return fields
    missing = [name for name in ("date", "message-id") if header.first(name) is None]
    if not missing:
        return fields
    return fields + missing_fields({"date", "message-id"}.difference(missing), stamp)


class PrefixingSpool(Spool):
    """Writes the prefix before the first octets of a large body, which bring all of its header that counts."""

    def __init__(self, spool: Spool, draft: Draft, stamp: Stamp) -> None:
        self._spool = spool
        self._draft = draft
        self._stamp: Stamp | None = stamp

    @override
    async def write(self, data: bytes) -> None:
        if self._stamp is not None:
            data = prefix(self._draft, self._stamp, header_block(MemoryOctets(data))) + data
            self._stamp = None
        await self._spool.write(data)

    @override
    async def finish(self) -> SpooledBody:
        return await self._spool.finish()

    @override
    def discard(self) -> None:
        self._spool.discard()
