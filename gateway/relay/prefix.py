"""What a message's header gets and loses as it comes in: our trace field on top; for our own people the fields that it
must have and lacks (RFC 6409 8), while `Bcc` goes (RFC 5322 3.6.3)."""

from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from gateway.accounts.protocol import AccountsUnavailable
from gateway.auth.authenticator import AccountId
from gateway.mail import codes
from gateway.mail.octets import MemoryOctets
from gateway.mail.reply import Reply, reply
from gateway.mime.header import HeaderBlock, field_at, header_block, lines
from gateway.queue.protocol import Spool, SpooledBody
from gateway.relay.acceptance import Draft
from gateway.relay.content import refusal_of_header
from gateway.relay.qualified import is_submission, refusal_of_recipients
from gateway.relay.senders import Senders
from gateway.relay.setup import Setup
from gateway.rewrite.trace import Stamp, missing_fields, received

_BLIND: Final = ("bcc", "resent-bcc")

ACCOUNTS_UNREADABLE: Final = reply(451, codes.SYSTEM_TROUBLE, "the accounts cannot be read now; try again later")


def prefix(draft: Draft, stamp: Stamp, header: HeaderBlock) -> bytes:
    """The fields for the top. Only trusted clients' mail is completed: others' is theirs to write."""
    fields = received(draft.origin, stamp)
    if not draft.origin.trusted:
        return fields
    missing = [name for name in ("date", "message-id") if header.first(name) is None]
    if not missing:
        return fields
    return fields + missing_fields({"date", "message-id"}.difference(missing), stamp)


@dataclass(frozen=True, slots=True)
class Mender:
    """Mends the header of one message."""

    setup: Setup
    draft: Draft
    stamp: Stamp

    def mend(self, data: bytes, header: HeaderBlock) -> bytes:
        """`data` begins with `header`. Where the message is refused for it, the draft says so."""
        self.draft.refusal = refusal_of_header(header, self.setup.accept)
        if self.draft.refusal is not None:
            return data
        end = _header_end(data)
        added = self._from_account(data[: len(data) if end is None else end])
        if isinstance(added, Reply):
            self.draft.refusal = added
            return data
        if is_submission(self.setup, self.draft.origin) and any(header.first(name) is not None for name in _BLIND):
            data = without_blind(data, len(data) if end is None else end)
        return prefix(self.draft, self.stamp, header) + added + data

    def _from_account(self, header: bytes) -> Reply | bytes:
        account = self.draft.origin.account
        if account is None:
            return b""
        try:
            judged = Senders(self.setup.directory, AccountId(account)).judged(header)
            return refusal_of_recipients(self.setup, header) or judged
        except AccountsUnavailable:
            return ACCOUNTS_UNREADABLE

    def has_enough(self, data: bytes | bytearray) -> bool:
        """Whether the header can be mended: all of it is here, or more than is taken. Strangers' is not looked at."""
        whole = not self.draft.origin.trusted or _header_end(data) is not None
        return whole or len(data) > self.setup.accept.header_size


def _header_end(data: bytes | bytearray) -> int | None:
    """Where the empty line begins; None: there is none (yet)."""
    if data.startswith(b"\r\n"):
        return 0
    end = data.find(b"\r\n\r\n")
    return None if end < 0 else end + 2


def without_blind(data: bytes, end: int) -> bytes:
    """The message without the fields that no recipient may see."""
    kept: list[bytes] = []
    header = data[:end]
    for start, stop in lines(header):
        field = field_at(header, start, stop, 0)
        if field is None or field.name.lower() not in _BLIND:
            kept.append(header[start:stop])
    return b"".join(kept) + data[end:]


class MendingSpool(Spool):
    """Keeps the first octets of a large body until its header can be mended."""

    def __init__(self, spool: Spool, mender: Mender) -> None:
        self._spool = spool
        self._mender = mender
        self._held: bytearray | None = bytearray()

    @override
    async def write(self, data: bytes) -> None:
        if self._held is None:
            await self._spool.write(data)
            return
        self._held += data
        if self._mender.has_enough(self._held):
            await self._let_go(self._held)

    async def _let_go(self, held: bytearray) -> None:
        self._held = None
        data = bytes(held)
        await self._spool.write(self._mender.mend(data, header_block(MemoryOctets(data))))

    @override
    async def finish(self) -> SpooledBody:
        if self._held is not None:
            await self._let_go(self._held)
        return await self._spool.finish()

    @override
    def discard(self) -> None:
        self._spool.discard()
