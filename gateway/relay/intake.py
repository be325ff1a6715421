"""The way in: what is taken, from whom, and what is done with it before its 250 (RFC 5321 3.3, 4.2.5, 7.8)."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from typing_extensions import override

from gateway.accounts.protocol import AccountsUnavailable
from gateway.auth.authenticator import AccountId
from gateway.inspect.needs import needs_of
from gateway.inspect.result import Inspection
from gateway.inspect.traits import PLAIN, Traits
from gateway.mail import codes
from gateway.mail.address import Address, ReversePath
from gateway.mail.envelope import Body, MailOptions, Recipient
from gateway.mail.message import Delivery, Message, QueueId, State
from gateway.mail.need import Needs
from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.mail.origin import Origin
from gateway.mail.reply import Reply, reply
from gateway.mail.units import Timestamp
from gateway.mime.header import HeaderBlock, header_block
from gateway.queue.protocol import Claimed, NewDelivery, NewMail, Queue, QueueUnavailable, Spool, SpooledBody
from gateway.relay.acceptance import Acceptor, Draft, Unqualified
from gateway.relay.carry import Tools
from gateway.relay.content import examine, refusal_of_header
from gateway.relay.delivered_to import refusal_of_circle
from gateway.relay.handover import Handover
from gateway.relay.once import once
from gateway.relay.permission import refusal_of_client, refusal_of_recipient
from gateway.relay.postmaster import is_our_postmaster, is_postmaster, postmaster_deliveries
from gateway.relay.prefix import ACCOUNTS_UNREADABLE, Mender, MendingSpool
from gateway.relay.qualified import refusal_of_address
from gateway.relay.recipients import CallOuts
from gateway.relay.room import mailboxes_of, mailboxes_of_all
from gateway.relay.seen import Content, at_rcpt
from gateway.relay.senders import Senders
from gateway.relay.setup import Setup
from gateway.relay.timing import arrived, honoured, timed
from gateway.rewrite.trace import Stamp
from gateway.route.facts import Facts
from gateway.route.policy import RawHeaderPolicy

_RECIPIENT_OK = reply(250, codes.RECIPIENT_OK, "recipient ok")
_NO_ROOM = reply(452, codes.STORAGE_FULL, "the queue cannot store mail now; try again later")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message whose octets are all here, trace fields on top."""

    id: QueueId
    now: Timestamp
    octets: OctetSource
    body: bytes | SpooledBody
    header: HeaderBlock
    inspection: Inspection


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is to be made durable."""

    message: Message
    arrival: Arrival
    deliveries: tuple[NewDelivery, ...]
    needs: Needs
    named: int
    """How many recipients the client named."""


class Intake(Acceptor):
    """The relay's Acceptor. `setup` is replaced when the configuration is read again."""

    def __init__(self, setup: Setup, queue: Queue, handover: Handover, tools: Tools) -> None:
        self.setup = setup
        self._queue = queue
        self._handover = handover
        self._tools = tools
        self._call_outs = CallOuts(tools.transport, tools.clock)

    @override
    def begin(self, origin: Origin, sender: ReversePath | Unqualified, options: MailOptions) -> Draft | Reply:
        setup = self.setup
        if isinstance(sender, Unqualified):
            if not origin.trusted:
                return reply(501, codes.BAD_SENDER_SYNTAX, "the sender needs a domain: local@domain")
            sender = Address(sender.local, setup.hostname)
        if origin.account is not None and not origin.trusted:
            origin = replace(origin, trusted=True)
        refusal = self._refusal_of_sender(origin, sender)
        if refusal is not None:
            self._tools.journal.refused(origin, sender, "sender", refusal)
            return refusal
        if isinstance(sender, Address) and not (_said_in_ascii(sender) or options.smtputf8 or origin.trusted):
            return reply(550, codes.NON_ASCII_ADDRESS, "a UTF-8 address needs the SMTPUTF8 parameter of MAIL")
        return Draft(origin, sender, honoured(options, origin), self._tools.clock())

    def _refusal_of_sender(self, origin: Origin, sender: ReversePath) -> Reply | None:
        setup = self.setup
        partial = refusal_of_address(setup, origin, sender, codes.BAD_SENDER_DOMAIN)
        if partial is not None:
            return partial
        if origin.account is not None:
            try:
                refusal = Senders(setup.directory, AccountId(origin.account)).refusal_of_path(sender)
            except AccountsUnavailable as error:
                return self._unreadable(error)
            if refusal is not None:
                return refusal
        return setup.quotas.refusal(origin, 0, self._tools.clock())

    def _unreadable(self, error: AccountsUnavailable) -> Reply:
        self._tools.journal.log.error("accounts cannot be read", why=str(error))
        return ACCOUNTS_UNREADABLE

    @override
    async def recipient(self, draft: Draft, recipient: Recipient | Unqualified) -> Reply:
        try:
            return await self._recipient(draft, recipient)
        except AccountsUnavailable as error:
            return self._unreadable(error)

    async def _recipient(self, draft: Draft, recipient: Recipient | Unqualified) -> Reply:
        setup = self.setup
        if isinstance(recipient, Unqualified):
            if not (draft.origin.trusted or is_postmaster(recipient.local)):
                return reply(501, codes.BAD_RECIPIENT_SYNTAX, "the recipient needs a domain: local@domain")
            recipient = Recipient(Address(recipient.local, setup.hostname), recipient.notify, recipient.original)
        address = recipient.address
        if not (_said_in_ascii(address) or draft.options.smtputf8 or draft.origin.trusted):
            return reply(553, codes.NON_ASCII_ADDRESS, "a UTF-8 address needs the SMTPUTF8 parameter of MAIL")
        placement = setup.router.place(recipient, self._facts(draft))
        used_up = setup.quotas.refusal(draft.origin, len(draft.recipients) + 1, self._tools.clock())
        if used_up is not None:
            return used_up
        if is_our_postmaster(setup, address):
            self._add(draft, recipient, postmaster_deliveries(setup, recipient, placement, self._tools.clock()))
            return _RECIPIENT_OK
        refusal = refusal_of_recipient(setup, draft.origin, address, placement)
        if refusal is None and (entry := setup.relay_domains.entry(address.domain)) is not None and entry.call_out:
            # In a task of its own: the shell runs the first step of this method outside any.
            refusal = await asyncio.ensure_future(self._call_outs.ask(setup.accept, placement))
        refusal = refusal or await self._without_room(mailboxes_of(placement), draft.options.size or 0, "rcpt")
        if refusal is not None:
            self._tools.journal.refused(draft.origin, draft.sender, str(address), refusal)
            return refusal
        now = self._tools.clock()
        self._add(draft, recipient, [d.delivery(now) for d in placement.destinations])
        draft.undecided |= placement.undecided
        return _RECIPIENT_OK

    async def _without_room(self, mailboxes: Sequence[Address], size: int, step: str) -> Reply | None:
        room = self.setup.room
        refusal = await room.asked(mailboxes, size) if room is not None and mailboxes else None
        if refusal is not None:
            self._tools.journal.full(step)
        return refusal

    @override
    def spool(self, draft: Draft) -> Spool:
        now = self._tools.clock()
        draft.id = self._queue.new_id(now)
        return MendingSpool(self._queue.spool(), Mender(self.setup, draft, self._stamp(draft, draft.id, now)))

    @override
    async def finish(self, draft: Draft, body: bytes | SpooledBody) -> Sequence[Reply]:
        answer = await self._finish(draft, body)
        if not answer.positive:
            self._tools.journal.refused(draft.origin, draft.sender, "message", answer)
            _discard(body)
        if not draft.origin.lmtp:
            return [answer]
        return [draft.refused.get(index, answer) for index in range(len(draft.recipients))]

    async def _finish(self, draft: Draft, body: bytes | SpooledBody) -> Reply:
        try:
            accepted = await self._judge(draft, body)
            if isinstance(accepted, Accepted):
                accepted = await self._refusal_of_mailboxes(accepted) or accepted
        except AccountsUnavailable as error:
            accepted = self._unreadable(error)
        except BaseException:
            # Nothing was committed yet. Later on the file may be the queue's, which sweeps what it does not own.
            _discard(body)
            raise
        return accepted if isinstance(accepted, Reply) else await self._commit(accepted)

    async def _refusal_of_mailboxes(self, accepted: Accepted) -> Reply | None:
        """What fits into none of them, or has been in all of them before."""
        mailboxes, arrival = mailboxes_of_all(accepted.deliveries), accepted.arrival
        refusal = refusal_of_circle(arrival.octets, arrival.header, mailboxes)
        return refusal or await self._without_room(mailboxes, accepted.message.size, "data")

    async def _judge(self, draft: Draft, body: bytes | SpooledBody) -> Reply | Accepted:
        now = self._tools.clock()
        id_ = draft.id or self._queue.new_id(now)
        arrived = header_block(MemoryOctets(body) if isinstance(body, bytes) else body)
        if isinstance(body, bytes):
            body = Mender(self.setup, draft, self._stamp(draft, id_, now)).mend(body, arrived)
        refusal = self._refusal_of_content(draft, arrived, spooled=not isinstance(body, bytes))
        if refusal is not None:
            return refusal
        octets = MemoryOctets(body) if isinstance(body, bytes) else body
        # Whoever receives refuses or mends bare CR and LF, but for binary mail.
        absent = PLAIN if draft.options.body is Body.BINARYMIME else Traits.BARE_NEWLINE
        inspection = await examine(octets, absent)
        return self._placed(draft, Arrival(id_, now, octets, body, arrived, inspection))

    def _refusal_of_content(self, draft: Draft, header: HeaderBlock, *, spooled: bool) -> Reply | None:
        if draft.refusal is not None:
            return draft.refusal
        refusal = refusal_of_header(header, self.setup.accept, own=1) if spooled else None
        # Others may have used up what was left since MAIL.
        return refusal or self.setup.quotas.refusal(draft.origin, len(draft.recipients), self._tools.clock())

    def _placed(self, draft: Draft, arrival: Arrival) -> Reply | Accepted:
        setup = self.setup
        sender = draft.sender
        deliveries: Sequence[NewDelivery] = draft.deliveries
        if draft.undecided or setup.router.rewrites.active:
            content = Content(arrival.octets, arrival.inspection, draft.options)
            refusal, sender, deliveries = self._place_again(draft, content, arrival.now)
            if refusal is not None:
                return refusal
        if arrival.inspection.raw_headers and self._refuses_raw(draft, deliveries):
            field = arrival.inspection.raw_headers[0].field
            return reply(554, codes.BAD_CONTENT, f"the field {field} has octets that are not UTF-8: encode it")
        needs = needs_of(arrival.inspection, sender, draft.recipients, draft.options)
        message = self._message(draft, sender, arrival)
        placed = timed(once(deliveries), message)
        final = self._with_needs(placed, needs, message, arrival)
        return Accepted(message, arrival, final, needs, len(draft.recipients))

    async def _commit(self, accepted: Accepted) -> Reply:
        message, arrival, deliveries = accepted.message, accepted.arrival, accepted.deliveries
        refusal = self.setup.quotas.take(message.origin, accepted.named, arrival.now)
        if refusal is not None:
            return refusal
        keys = {d.hop_key for d in deliveries if not d.hold_reason}
        granted = self._handover.grant(keys)
        try:
            stored = await self._queue.enqueue(NewMail(message, arrival.body, deliveries), lease_for=granted)
        except QueueUnavailable as error:
            self.setup.quotas.give_back(message.origin, accepted.named, arrival.now)
            self._tools.journal.unavailable(str(error))
            return _NO_ROOM
        for leased in _by_hop(stored, granted):
            self._handover.submit(self._queue, Claimed(message, arrival.octets, leased), arrival.inspection)
        if len(granted) < len(keys):
            self._handover.wake()
        recipients = [str(d.recipient.address) for d in deliveries]
        self._tools.journal.accepted(message, recipients, accepted.needs, self._tools.clock() - arrival.now)
        return reply(250, codes.MESSAGE_OK, f"queued as {message.id}")

    def _facts(self, draft: Draft) -> Facts:
        return at_rcpt(draft.sender, draft.origin, self.setup.local_minute(self._tools.clock()))

    def _place_again(
        self, draft: Draft, content: Content, now: Timestamp
    ) -> tuple[Reply | None, ReversePath, list[NewDelivery]]:
        """The rules that look at the content have their say. Refused: when no recipient is left. What is refused beside
        others fails at its first attempt, and is reported; over LMTP the client is told at once. A client that may not
        send to one of them after all is refused outright: at its attempt such mail would go out."""
        setup = self.setup
        facts = self._facts(draft)
        sender = setup.router.rewrites.sender(draft.sender, content.facts(facts, draft.recipients[0]))
        refused: dict[int, Reply] = {}
        deliveries: list[NewDelivery] = []
        for index, recipient in enumerate(draft.recipients):
            placement = setup.router.place(recipient, facts, content)
            if is_our_postmaster(setup, recipient.address):
                deliveries += postmaster_deliveries(setup, recipient, placement, now)
                continue
            denied = refusal_of_client(setup, draft.origin, recipient.address, placement)
            if denied is not None:
                return denied, sender, []
            refusal = refusal_of_recipient(setup, draft.origin, recipient.address, placement)
            if refusal is not None:
                refused[index] = refusal
            if refusal is None or not draft.origin.lmtp:
                deliveries += [d.delivery(now) for d in placement.destinations]
        draft.refused = refused
        return refused[0] if len(refused) == len(draft.recipients) else None, sender, deliveries

    def _add(self, draft: Draft, recipient: Recipient, deliveries: Sequence[NewDelivery]) -> None:
        draft.recipients.append(recipient)
        draft.deliveries += deliveries

    def _refuses_raw(self, draft: Draft, deliveries: Sequence[NewDelivery]) -> bool:
        """Whether every route refuses header octets that are not UTF-8: then the client is told at once."""
        routes = [self.setup.router.routes.named(d.route) for d in deliveries]
        trusted = draft.origin.trusted
        return all(r is not None and r.policy(trusted=trusted).raw_headers is RawHeaderPolicy.REFUSE for r in routes)

    def _with_needs(
        self, deliveries: Sequence[NewDelivery], needs: Needs, message: Message, arrival: Arrival
    ) -> tuple[NewDelivery, ...]:
        """Each delivery with its own needs: a UTF-8 recipient is no need of the ASCII recipient beside it."""
        if not needs.by_extension:
            return tuple(deliveries)
        names: dict[bool, tuple[str, ...]] = {}
        for one in deliveries:
            kind = one.recipient.address.is_ascii
            if kind not in names:
                own = needs_of(arrival.inspection, message.sender, (one.recipient,), message.options)
                names[kind] = tuple(sorted(own.by_extension))
        return tuple(replace(d, needs=names[d.recipient.address.is_ascii]) for d in deliveries)

    def _message(self, draft: Draft, sender: ReversePath, arrival: Arrival) -> Message:
        given = arrival.header.first("message-id")
        message_id = given.decode("utf-8", "replace")[:998] if given is not None else ""
        if given is None and draft.origin.trusted:
            message_id = f"<{arrival.id}@{self.setup.hostname.ascii}>"
        size = len(arrival.octets)
        options = arrived(draft.options, draft.begun, arrival.now)
        return Message(arrival.id, arrival.now, sender, options, draft.origin, size, message_id)

    def _stamp(self, draft: Draft, id_: QueueId, now: Timestamp) -> Stamp:
        only = draft.recipients[0] if len(draft.recipients) == 1 else None
        return Stamp(self.setup.hostname, id_, now, draft.options.smtputf8, only, draft.options.priority)


def _said_in_ascii(address: Address) -> bool:
    """Whether the client could say it without SMTPUTF8: a U-label is UTF-8 too (RFC 6531 3.3)."""
    return address.is_ascii and address.domain.given.isascii()


def _by_hop(stored: Sequence[Delivery], granted: Collection[str]) -> list[tuple[Delivery, ...]]:
    """The leased deliveries, by next hop."""
    if len(stored) == 1:
        return [tuple(stored)] if stored[0].state is State.LEASED else []
    hops: dict[str, list[Delivery]] = {key: [] for key in granted}
    for delivery in stored:
        if delivery.state is State.LEASED:
            hops[delivery.hop_key].append(delivery)
    return [tuple(leased) for leased in hops.values() if leased]


def _discard(body: bytes | SpooledBody) -> None:
    if not isinstance(body, bytes):
        body.discard()
