"""One message into mailboxes: an outcome for each recipient, the accounts side by side.

Who gets it is asked again here: since it was accepted an account may have gone, been disabled or filled up. By the
token of a delivery the store knows a message that is delivered again, after a crash before its outcome was written.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final, assert_never

from typing_extensions import override

from gateway.accounts.protocol import AccountsUnavailable, Elsewhere, Known, Nobody, Refused, Resolution
from gateway.deliver.local.letter import Letter
from gateway.deliver.local.means import Means
from gateway.deliver.local.observer import Fate
from gateway.deliver.local.place import Place
from gateway.deliver.local.verdict import full, known_already, nobody, refused, stored, unavailable
from gateway.mail.address import Address, ReversePath
from gateway.mail.capabilities import Capabilities
from gateway.mail.codes import RECIPIENT_OK, SYSTEM_TROUBLE
from gateway.mail.envelope import Recipient
from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.mail.outcome import Deferred, Delivered, Failed, Outcome
from gateway.mail.reply import Reply, reply
from gateway.mailbox.intake import worked_out
from gateway.relay.transport import Endpoint, Reference, Session, Transaction
from gateway.store.actions import Append
from gateway.store.errors import NoSuchMailbox, NotPossible, OverQuota, StoreUnavailable
from gateway.store.model import NewEmail
from gateway.store.protocol.emails import INLINE_LIMIT, Spool
from gateway.store.protocol.store import Mail
from gateway.summary.model import Summary
from gateway.summary.work import summarize

ENDPOINT: Final = Endpoint("mailbox", (), 0)
CAPABILITIES: Final = Capabilities(
    {"SMTPUTF8": "", "8BITMIME": "", "BINARYMIME": "", "CHUNKING": "", "REQUIRETLS": ""}, tls=True
)
"""Nothing is ever rewritten for a mailbox. DSN is not among them: there is nobody after us to report anything."""

AT_ONCE: Final = 32
"""Recipients of one message that are stored at the same time."""


@dataclass(frozen=True, slots=True)
class _Item:
    """One message for one recipient."""

    letter: Letter
    summary: Summary
    to: Address
    token: str


class MailboxSession(Session):
    """Keeps nothing open: as good for one transaction as for many."""

    def __init__(self, means: Means) -> None:
        self._means = means

    @property
    @override
    def endpoint(self) -> Endpoint:
        return ENDPOINT

    @property
    @override
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    @override
    async def send(self, transaction: Transaction) -> Sequence[Outcome]:
        reference = transaction.reference
        if reference is None:
            raise ValueError("mail for mailboxes has a reference")
        try:
            letter, summary = await worked_out(lambda: self._read(transaction, reference), transaction.octets)
        except OSError as error:
            return [_unreadable(error)] * len(transaction.recipients)
        items = [
            _Item(letter, summary, recipient.address, f"{reference.id}/{delivery}")
            for recipient, delivery in zip(transaction.recipients, reference.deliveries, strict=True)
        ]
        if len(items) == 1:
            return [await self._deliver(items[0])]
        some = asyncio.Semaphore(AT_ONCE)
        return await asyncio.gather(*(self._in_turn(item, some) for item in items))

    def _read(self, transaction: Transaction, reference: Reference) -> tuple[Letter, Summary]:
        octets, junk = transaction.octets, self._means.config.junk
        return Letter(octets, transaction.sender, junk, trusted=reference.trusted), summarize(octets)

    async def _in_turn(self, item: _Item, some: asyncio.Semaphore) -> Outcome:
        async with some:
            return await self._deliver(item)

    async def _deliver(self, item: _Item) -> Outcome:
        begun = self._means.clock()
        fate, outcome = await self._fate(item)
        self._means.observer.ended(fate, len(item.letter), max(0.0, self._means.clock() - begun))
        return outcome

    async def _fate(self, item: _Item) -> tuple[Fate, Outcome]:
        if item.letter.was_delivered(item.to):
            return Fate.LOOP, known_already(item.to)
        try:
            found = self._means.directory.resolve(item.to)
            if not isinstance(found, Known):
                return Fate.REFUSED, _not_known(item.to, found)
            return Fate.STORED, await self._store(item, found)
        except OverQuota as error:
            return Fate.FULL, full(item.to, error, len(item.letter), self._means.config.over_quota.queued)
        except (AccountsUnavailable, StoreUnavailable, NotPossible) as error:
            return Fate.UNAVAILABLE, unavailable(item.to, error)
        except OSError as error:
            return Fate.UNAVAILABLE, _unreadable(error)

    async def _store(self, item: _Item, known: Known) -> Delivered:
        mail = self._means.mail(known.account.id)
        place = await self._means.places.place(mail, known, junk=item.letter.junk)
        async with AsyncExitStack() as stack:
            octets = await _laid_out(item, mail, stack)
            try:
                await self._append(item, mail, place, octets)
            except NoSuchMailbox:
                # It was deleted just now.
                place = await self._means.places.inbox(mail, junk=item.letter.junk)
                await self._append(item, mail, place, octets)
        return stored(known.account, place.name)

    async def _append(self, item: _Item, mail: Mail, place: Place, octets: OctetSource) -> None:
        now = self._means.clock()
        email = NewEmail(octets, now, place.flags, item.summary)
        await mail.emails.carry_out([Append(place.mailbox, (email,), item.token)], now)

    @override
    async def verify(self, sender: ReversePath, recipient: Recipient) -> Reply | None:
        try:
            found = self._means.directory.resolve(recipient.address)
        except AccountsUnavailable:
            return None
        if isinstance(found, Known):
            return reply(250, RECIPIENT_OK, "recipient ok")
        outcome = _not_known(recipient.address, found)
        return reply(450 if isinstance(outcome, Deferred) else 550, outcome.status, "no such mailbox")

    @override
    def release(self) -> None:
        """There is nothing to give back."""


async def _laid_out(item: _Item, mail: Mail, stack: AsyncExitStack) -> OctetSource:
    """The message as it is stored: in memory, or in a spool of the account."""
    letter = item.letter
    if len(letter) + len(letter.top(item.to)) <= INLINE_LIMIT:
        return MemoryOctets(letter.octets(item.to))
    spool = mail.emails.spool()
    stack.callback(spool.discard)
    return await _spooled(item, spool)


async def _spooled(item: _Item, spool: Spool) -> OctetSource:
    pieces = item.letter.pieces(item.to)
    while piece := await asyncio.to_thread(next, pieces, b""):
        await spool.write(piece)
    return await spool.finish()


def _not_known(to: Address, found: Resolution) -> Deferred | Failed:
    match found:
        case Refused():
            return refused(found)
        case Nobody() | Elsewhere():
            return nobody(to)
        case Known():
            raise AssertionError("who is known gets mail")
        case _:
            assert_never(found)


def _unreadable(error: OSError) -> Deferred:
    return Deferred(SYSTEM_TROUBLE, f"the message cannot be read: {error.strerror or error}")
