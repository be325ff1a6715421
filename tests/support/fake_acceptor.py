"""A relay that takes everything and remembers it; localparts tell it to do otherwise.

`refused@…` is refused, `failing@…` refuses the message at its end, `later@…` is judged after a turn of the event loop:
so far tests/contract/test_acceptor.py and the transcripts hold it to what the real relay does. What that cannot be
told to do: `refused@…` as a sender is refused, `broken@…` raises, a disk is full, and an end is waited for.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from typing_extensions import override

from gateway.mail.address import Address, ReversePath
from gateway.mail.codes import MESSAGE_OK, NO_SUCH_MAILBOX, RECIPIENT_OK, SYSTEM_TROUBLE
from gateway.mail.domain import parse_domain
from gateway.mail.envelope import MailOptions, Recipient
from gateway.mail.octets import MemoryOctets
from gateway.mail.origin import Origin
from gateway.mail.reply import Reply, reply
from gateway.queue.protocol import QueueUnavailable, Spool, SpooledBody
from gateway.relay.acceptance import Acceptor, Draft, Unqualified
from gateway.relay.timing import honoured

RECIPIENT_TAKEN = reply(250, RECIPIENT_OK, "recipient ok")
HOSTNAME = parse_domain("mail.home.example")
NOBODY = reply(550, NO_SUCH_MAILBOX, "No such person here; check the address")
TAKEN = reply(250, MESSAGE_OK, "queued as 00000000000000")
NOT_NOW = reply(451, SYSTEM_TROUBLE, "Not now")


@dataclass(frozen=True)
class Taken:
    """A message that was accepted."""

    origin: Origin
    sender: ReversePath
    options: MailOptions
    recipients: tuple[Recipient, ...]
    content: bytes
    spooled: bool


@dataclass(frozen=True)
class FakeBody(MemoryOctets, SpooledBody):
    name: str = "fake"

    @override
    def discard(self) -> None:
        """Nothing to remove."""


@dataclass
class FakeSpool(Spool):
    full_after: int | None
    parts: list[bytes] = field(default_factory=list)
    discarded: bool = False

    @override
    async def write(self, data: bytes) -> None:
        await asyncio.sleep(0)
        self.parts.append(data)
        if self.full_after is not None and sum(map(len, self.parts)) > self.full_after:
            raise QueueUnavailable

    @override
    async def finish(self) -> SpooledBody:
        await asyncio.sleep(0)
        return FakeBody(b"".join(self.parts))

    @override
    def discard(self) -> None:
        self.discarded = True


class FakeAcceptor(Acceptor):
    """`taken` has what was accepted, `spools` every file that was begun."""

    def __init__(self, disk: int | None = None) -> None:
        self.taken: list[Taken] = []
        self.spools: list[FakeSpool] = []
        self.drafts = 0
        self.gate: asyncio.Event | None = None
        """Set by a test: messages are not finished before it is."""
        self._disk = disk

    @override
    def begin(self, origin: Origin, sender: ReversePath | Unqualified, options: MailOptions) -> Draft | Reply:
        self.drafts += 1
        if isinstance(sender, Unqualified):
            sender = Address(sender.local, HOSTNAME)
        if isinstance(sender, Address) and sender.local.text == "refused":
            return NOBODY
        return Draft(origin, sender, honoured(options, origin))

    @override
    async def recipient(self, draft: Draft, recipient: Recipient | Unqualified) -> Reply:
        if isinstance(recipient, Unqualified):
            address = Address(recipient.local, HOSTNAME)
            recipient = Recipient(address, recipient.notify, recipient.original)
        who = recipient.address.local.text
        if who == "refused":
            return NOBODY
        if who == "broken":
            raise OSError("broken as asked")
        if who == "later":
            await asyncio.sleep(0)
        draft.recipients.append(recipient)
        return RECIPIENT_TAKEN

    @override
    def spool(self, draft: Draft) -> Spool:
        self.spools.append(FakeSpool(self._disk))
        return self.spools[-1]

    @override
    async def finish(self, draft: Draft, body: bytes | SpooledBody) -> Sequence[Reply]:
        await asyncio.sleep(0)
        if self.gate is not None:
            await self.gate.wait()
        taken = [r for r in draft.recipients if r.address.local.text != "failing"]
        if taken:
            spooled = not isinstance(body, bytes)
            content = body if isinstance(body, bytes) else body.read(0, len(body))
            # Over SMTP all stay: those that fail are reported to the sender.
            recipients = tuple(taken if draft.origin.lmtp else draft.recipients)
            self.taken.append(Taken(draft.origin, draft.sender, draft.options, recipients, content, spooled))
        if not draft.origin.lmtp:
            return [TAKEN if taken else NOT_NOW]
        return [NOT_NOW if r.address.local.text == "failing" else TAKEN for r in draft.recipients]
