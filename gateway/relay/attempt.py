"""One attempt: the due deliveries of one message, offered to the hosts of one next hop until each has an outcome.

Hosts are tried in order. A host in trouble, one that lacks what a batch needs and one that will not take a recipient
now leave it to the next one (RFC 5321 5.1). What is left when all were asked waits (RFC 5321 4.5.4.1), or is offered
once more to a host that answered, now that it is known that no other can be had.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from gateway.mail import codes
from gateway.mail.address import Address
from gateway.mail.capabilities import Capabilities
from gateway.mail.message import Delivery, DeliveryId
from gateway.mail.need import Extension, Need
from gateway.mail.nexthop import MailboxHop, NextHop
from gateway.mail.outcome import Deferred, Delivered, Failed, Outcome
from gateway.relay.batch import Batch
from gateway.relay.materialise import Workbench
from gateway.relay.rewriting import Rewriter
from gateway.relay.timing import Deadline
from gateway.relay.transport import Endpoint, Session, Transport
from gateway.route.content import content_of
from gateway.route.decide import Fail, Others, Rewrite, Send, TryNextHost, Wait, decide
from gateway.route.policy import Policy

MAX_DECISIONS = 5
"""Decisions about one batch at one host. Each rewriting takes a need away, so more would be a circle."""

_EIGHTBIT_ONLY = Capabilities({"8BITMIME": ""})
_REFUSALS_OF_UTF8 = (codes.NON_ASCII_ADDRESS, codes.NON_ASCII_HEADER)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one delivery."""

    delivery: Delivery
    outcome: Outcome
    needs: tuple[str, ...]
    dsn_passed_on: bool = False
    """The next hop took over the duty to report (RFC 3461 5.2.1)."""
    smtputf8_declared: bool = False
    rewritten: frozenset[str] = frozenset()
    """The kinds of rewriting that were done, as the metrics count them."""
    news: str = ""
    """Not empty: its sender is told that it was passed on, and why (RFC 2852 4.1.4)."""
    final: bool = False
    """It lies in a mailbox: there is no next hop that would report anything (RFC 3461 4.1)."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a route sends its mail: where to, what may be done to it, and which ASCII aliases there are.

    `deadline` is the message's, where its sender named one.
    """

    hop: NextHop
    policy: Policy
    aliases: Mapping[str, Address] = field(default_factory=dict)
    deadline: Deadline | None = None


@dataclass(frozen=True, slots=True)
class _Sent:
    """What one transaction left over. `refused`: for its UTF-8, though the host offers SMTPUTF8."""

    refused: Batch | None
    left: list[Batch]


@dataclass(frozen=True, slots=True)
class _Taken:
    """What was said in a transaction, and what the host makes of it."""

    declared: frozenset[Extension]
    dsn: bool
    news: str


class Attempt:
    """Runs one attempt. Used once. `results` is filled as outcomes become known, so that they survive a break."""

    def __init__(self, way: Way, transport: Transport, bench: Workbench, results: list[Result]) -> None:
        self._results = results
        self._way = way
        self._transport = transport
        self._rewriter = Rewriter(way.policy, way.aliases, bench)
        self._trouble: Deferred | Failed | None = None
        self._lacking: Endpoint | None = None
        self._declined: dict[DeliveryId, Deferred] = {}
        """What hosts said that would not take a delivery now."""

    async def run(self, batches: Sequence[Batch]) -> None:
        """Find an outcome for every delivery of every batch."""
        left = await self._run_kept(list(batches))
        if left:
            await self._run_hosts(left)

    async def _run_kept(self, batches: list[Batch]) -> list[Batch]:
        """The common case: a connection is open, the host takes all that is offered."""
        session = self._transport.kept(self._way.hop)
        if session is None:
            return batches
        return await self._offer_all(session, batches, Others.UNTRIED)

    async def _run_hosts(self, batches: list[Batch]) -> None:
        endpoints = await self._transport.endpoints(self._way.hop)
        if isinstance(endpoints, (Deferred, Failed)):
            self._settle_all(batches, endpoints)
            return
        self._lacking = None
        self._trouble = None
        for index, endpoint in enumerate(endpoints):
            batches = await self._run_host(endpoint, batches, last=index + 1 == len(endpoints))
            if not batches:
                return
        await self._run_left(batches)

    async def _run_host(self, endpoint: Endpoint, batches: list[Batch], *, last: bool) -> list[Batch]:
        """Offer to one host what it has not declined; returns what is left."""
        offered = [batch for batch in batches if endpoint not in batch.declined]
        if not offered:
            return batches
        session = await self._transport.open(self._way.hop, endpoint)
        if isinstance(session, (Deferred, Failed)):
            self._trouble = _worse(self._trouble, session)
            return batches
        left = [batch for batch in batches if endpoint in batch.declined]
        return left + await self._offer_all(session, offered, self._others(last=last))

    def _others(self, *, last: bool) -> Others:
        """What is known of the other hosts. One that turns us away for good has answered."""
        if not last:
            return Others.UNTRIED
        return Others.UNANSWERED if isinstance(self._trouble, Deferred) else Others.NONE

    async def _run_left(self, batches: list[Batch]) -> None:
        """All hosts were asked. One that lacked something may still have it rewritten; the rest waits."""
        if self._lacking is not None:
            batches = await self._run_host(self._lacking, batches, last=True)
        trouble = self._trouble or Deferred(codes.NO_ANSWER, "no host took the message")
        for batch in batches:
            names = _need_names(batch)
            self._results += [Result(d, self._declined.get(d.id, trouble), names) for d in batch.deliveries]

    async def _offer_all(self, session: Session, batches: list[Batch], others: Others) -> list[Batch]:
        """Offer each batch to one host; returns what is left for the next one."""
        left: list[Batch] = []
        try:
            for batch in batches:
                # A host that declined for now may have what this one lacks: it is not asked again in this attempt.
                known = Others.UNANSWERED if batch.declined and others is Others.NONE else others
                left += await self._offer(session, batch, known)
        finally:
            session.release()
        return left

    async def _offer(self, session: Session, batch: Batch, others: Others) -> list[Batch]:
        capabilities = session.capabilities
        current = batch
        left: list[Batch] = []
        for _ in range(MAX_DECISIONS):
            decision = decide(current.needs, capabilities, self._way.policy, others, content_of(current.inspection))
            if isinstance(decision, Send):
                if (refusal := self._refusal(current, session)) is not None:
                    return left + self._unfit(session.endpoint, _original(batch, current), refusal, others)
                sent = await self._send(session, current, decision.declare, others)
                left += [_original(batch, part) for part in sent.left]
                if sent.refused is None:
                    return left
                current, capabilities = sent.refused, _without_smtputf8(capabilities)
            elif isinstance(decision, Rewrite):
                rewritten = await self._rewriter.rewrite(current, decision.ways, capabilities)
                if isinstance(rewritten, Failed):
                    return left + self._unfit(session.endpoint, _original(batch, current), rewritten, others)
                current = rewritten
            else:
                return left + self._not_sent(session.endpoint, current, _original(batch, current), decision)
        self._settle(current, Failed(codes.CONVERSION_IMPOSSIBLE, "rewriting did not make the message fit the hop"))
        return left

    def _not_sent(
        self, endpoint: Endpoint, current: Batch, original: Batch, decision: TryNextHost | Wait | Fail
    ) -> list[Batch]:
        """What is left for the next host where this one gets nothing."""
        match decision:
            case TryNextHost():
                self._lacking = endpoint
                return [original]
            case Wait(lacking=lacking):
                self._settle(current, _waiting(endpoint, lacking))
            case Fail(status=status, why=why):
                self._settle(current, Failed(status, why, endpoint.name))
            case _:
                assert_never(decision)
        return []

    def _refusal(self, batch: Batch, session: Session) -> Failed | None:
        """Why a host does not get what it could read."""
        too_big = _too_big(batch, session)
        if too_big is None and self._way.deadline is not None:
            return self._way.deadline.refusal(session.endpoint.name, session.capabilities)
        return too_big

    def _unfit(self, endpoint: Endpoint, batch: Batch, failed: Failed, others: Others) -> list[Batch]:
        """It has no form that this host could take, or is too large for it: another host may take it as it is."""
        match others:
            case Others.UNTRIED:
                self._lacking = endpoint
                return [batch]
            case Others.UNANSWERED:
                self._settle(batch, Deferred(replace(failed.status, klass=4), failed.why, endpoint.name))
            case Others.NONE:
                self._settle(batch, replace(failed, host=endpoint.name))
            case _:
                assert_never(others)
        return []

    async def _send(self, session: Session, batch: Batch, declare: frozenset[Extension], others: Others) -> _Sent:
        """Send; what has an outcome now is kept."""
        deadline = self._way.deadline
        capabilities = session.capabilities
        transaction = batch.transaction(declare)
        news = ""
        if deadline is not None:
            news = deadline.news(session.endpoint.name, capabilities)
            recipients = deadline.told_of(batch.recipients, capabilities)
            transaction = replace(transaction, recipients=recipients, deliver_by=deadline.left())
        outcomes = await session.send(transaction)
        taken = _Taken(declare, "DSN" in capabilities, news)
        refused: list[Delivery] = []
        troubled: list[Delivery] = []
        declined: list[Delivery] = []
        for delivery, outcome in zip(batch.deliveries, outcomes, strict=True):
            match outcome:
                case Deferred(hop_trouble=True):
                    self._trouble = _worse(self._trouble, outcome)
                    troubled.append(delivery)
                case Deferred() if others is Others.UNTRIED:
                    self._declined[delivery.id] = outcome
                    declined.append(delivery)
                case Failed() if Extension.SMTPUTF8 in declare and self._may_help(batch, outcome, others):
                    refused.append(delivery)
                case _:
                    self._keep(batch, delivery, outcome, taken)
        left = [_part(batch, troubled)] if troubled else []
        if declined:
            left.append(replace(_part(batch, declined), declined=batch.declined | {session.endpoint}))
        return _Sent(_part(batch, refused) if refused else None, left)

    def _may_help(self, batch: Batch, outcome: Failed, others: Others) -> bool:
        """Whether to treat a host that refuses UTF-8 as one that lacks SMTPUTF8: another may take it, or rewriting."""
        return _refuses_utf8(outcome) and (others is not Others.NONE or self._may_rewrite(batch))

    def _may_rewrite(self, batch: Batch) -> bool:
        """Whether a host that refuses UTF-8 after all would be given a rewritten message."""
        lacking = decide(batch.needs, _EIGHTBIT_ONLY, self._way.policy, Others.NONE, content_of(batch.inspection))
        return isinstance(lacking, Rewrite)

    def _keep(self, batch: Batch, delivery: Delivery, outcome: Outcome, taken: _Taken) -> None:
        final = isinstance(self._way.hop, MailboxHop)
        smtputf8 = final or Extension.SMTPUTF8 in taken.declared
        if isinstance(outcome, Delivered):
            changed = batch.changed
            if batch.options.smtputf8 and not smtputf8:
                changed = (*changed, "SMTPUTF8 not sent: nothing needs it")
            if changed:
                outcome = replace(outcome, changed=changed)
        self._results.append(
            Result(delivery, outcome, _need_names(batch), taken.dsn, smtputf8, batch.rewritten, taken.news, final)
        )

    def _settle(self, batch: Batch, outcome: Outcome) -> None:
        self._results += [Result(d, outcome, _need_names(batch)) for d in batch.deliveries]

    def _settle_all(self, batches: Sequence[Batch], outcome: Outcome) -> None:
        for batch in batches:
            self._settle(batch, outcome)


def _need_names(batch: Batch) -> tuple[str, ...]:
    return tuple(sorted(batch.needs.by_extension)) if batch.needs.by_extension else ()


def _too_big(batch: Batch, session: Session) -> Failed | None:
    """What RFC 1870 6.1 makes of a message over the host's limit."""
    limit, size = session.capabilities.size, len(batch.octets)
    if limit is None or size <= limit:
        return None
    why = f"{session.endpoint.name} takes messages of at most {limit} octets, this one has {size}"
    return Failed(codes.MESSAGE_TOO_BIG, why, session.endpoint.name)


def _refuses_utf8(outcome: Failed) -> bool:
    """RFC 6531 3.5: 5.6.7 and 5.6.9; and 555, "parameters not recognised", for the parameter itself."""
    return outcome.status in _REFUSALS_OF_UTF8 or (outcome.reply is not None and outcome.reply.code == 555)


def _without_smtputf8(capabilities: Capabilities) -> Capabilities:
    return replace(capabilities, keywords={k: v for k, v in capabilities.keywords.items() if k != "SMTPUTF8"})


def _waiting(endpoint: Endpoint, lacking: Sequence[Need]) -> Deferred:
    names = " and ".join(need.extension for need in lacking)
    why = f"{endpoint.name} lacks {names}, and another host that may have it does not answer"
    return Deferred(codes.NO_ANSWER, why, endpoint.name)


def _worse(before: Deferred | Failed | None, now: Deferred | Failed) -> Deferred | Failed:
    """What to say of a hop whose hosts fail differently: while one may still answer, the mail waits."""
    return before if isinstance(before, Deferred) and isinstance(now, Failed) else now


def _part(batch: Batch, deliveries: Sequence[Delivery]) -> Batch:
    """The batch for some of its deliveries."""
    if len(deliveries) == len(batch.deliveries):
        return batch
    wanted = {delivery.id for delivery in deliveries}
    chosen = [i for i, d in enumerate(batch.deliveries) if d.id in wanted]
    recipients = tuple(batch.recipients[i] for i in chosen)
    return replace(batch, deliveries=tuple(batch.deliveries[i] for i in chosen), recipients=recipients)


def _original(batch: Batch, current: Batch) -> Batch:
    """The deliveries of `current`, as they were before this host made us rewrite."""
    part = _part(batch, current.deliveries)
    return part if part.declined == current.declined else replace(part, declined=current.declined)
