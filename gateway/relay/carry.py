"""Carries a job: routes it again, attempts, closes, and writes down what became of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from typing_extensions import override

from gateway.inspect.result import Inspection
from gateway.mail import codes
from gateway.mail.message import Delivery
from gateway.mail.nexthop import NextHop
from gateway.mail.octets import OctetSource
from gateway.mail.outcome import Deferred, Delivered, Failed, Outcome
from gateway.mail.reply import reply
from gateway.mail.units import Timestamp
from gateway.mime.header import header_fields
from gateway.queue.protocol import QueueUnavailable
from gateway.relay import batch
from gateway.relay.attempt import Attempt, Result, Way
from gateway.relay.closing import Closed, Closing, Moment, Reporting
from gateway.relay.content import examine
from gateway.relay.dispatch import Carrier
from gateway.relay.journal import Journal
from gateway.relay.lane import HopTerms, Job
from gateway.relay.materialise import Workbench
from gateway.relay.placing import place_report
from gateway.relay.seen import Content, facts_of
from gateway.relay.setup import Setup
from gateway.relay.transport import Transport
from gateway.rewrite.header_edits import field_line, with_fields
from gateway.route.plan import Discard, Hold, Mailbox, Reject, Route, Via, ViaMx
from gateway.route.retry import Retry

UNWRITTEN = 1.0
"""Seconds between two tries to write an outcome down while the queue cannot commit."""

_DEFAULT_RETRY = Retry()
_DISCARDED = reply(250, codes.OK, "discarded, as the route says")


@dataclass(frozen=True, slots=True)
class Tools:
    """What does not change with the configuration."""

    transport: Transport
    journal: Journal
    clock: Callable[[], Timestamp]
    jitter: Callable[[], float]


@dataclass(frozen=True, slots=True)
class _Group:
    """Deliveries of one message that go by the same route to the same next hop."""

    route: Route | None
    hop: NextHop | None
    key: str
    deliveries: list[Delivery]


class MailCarrier(Carrier):
    """The one Carrier. `setup` is replaced when the configuration is read again."""

    def __init__(self, setup: Setup, tools: Tools) -> None:
        self.setup = setup
        self._tools = tools

    @override
    def terms(self, hop_key: str) -> HopTerms:
        return self.setup.terms(hop_key)

    @override
    async def attempt(self, job: Job) -> Deferred | None:
        bench = Workbench(job.queue.spool)
        try:
            return await self._attempt(job, bench)
        except QueueUnavailable as error:
            trouble = Deferred(codes.STORAGE_FULL, f"no room for a rewritten copy: {error}")
            await self.postpone(job, trouble)
            return None
        finally:
            bench.discard()

    async def _attempt(self, job: Job, bench: Workbench) -> Deferred | None:
        message = job.claimed.message
        inspection = job.inspection or await examine(job.claimed.octets)
        closing = self._closing(job)
        troubles: list[Deferred | None] = []
        for group in self._groups(job, inspection):
            started = self._tools.clock()
            results = await self._carry(job, group, inspection, bench)
            now = self._tools.clock()
            route = group.route.name if group.route else ""
            self._tools.journal.attempted(message, route, results, now - started, now - message.received)
            self._close(closing, group, results, now)
            troubles.append(_trouble(results))
        await self._write(job, closing.done(self._tools.clock()))
        return troubles[0] if all(troubles) else None

    @override
    async def postpone(self, job: Job, trouble: Deferred) -> None:
        closing = self._closing(job)
        now = self._tools.clock()
        for delivery in job.claimed.deliveries:
            route = self.setup.router.routes.named(delivery.route)
            results = [Result(delivery, trouble, delivery.needs)]
            self._close(closing, _Group(route, None, delivery.hop_key, [delivery]), results, now)
        await self._write(job, closing.done(now))

    def _closing(self, job: Job) -> Closing:
        setup = self.setup
        reporting = Reporting(
            setup.hostname, setup.reports, lambda to, now: place_report(setup, to, now), job.queue.new_id
        )
        return Closing(job.claimed.message, job.claimed.octets, reporting, self._tools.journal)

    def _close(self, closing: Closing, group: _Group, results: list[Result], now: Timestamp) -> None:
        route = group.route
        if route is not None and isinstance(route.action, Hold):
            closing.hold(group.deliveries, route.name, now)
            return
        retry = route.retry if route else _DEFAULT_RETRY
        name = route.name if route else group.deliveries[0].route
        closing.add(results, group.key, name, retry, Moment(now, self._tools.jitter))

    def _groups(self, job: Job, inspection: Inspection) -> list[_Group]:
        """Route again: the configuration, and the time of day, may have changed since."""
        message = job.claimed.message
        setup = self.setup
        facts = facts_of(message, setup.local_minute(self._tools.clock()))
        content = Content(job.claimed.octets, inspection, message.options)
        groups: dict[tuple[str, str], _Group] = {}
        for delivery in job.claimed.deliveries:
            address = delivery.recipient.address
            route = setup.router.again(delivery, content.facts(facts, delivery.recipient))
            key = route.hop_key(address) if route else delivery.hop_key
            group = groups.get((key, route.name if route else ""))
            if group is None:
                hop = route.next_hop(address) if route else None
                group = groups[key, route.name if route else ""] = _Group(route, hop, key, [])
            group.deliveries.append(delivery)
        return list(groups.values())

    async def _carry(self, job: Job, group: _Group, inspection: Inspection, bench: Workbench) -> list[Result]:
        if group.hop is None or group.route is None:
            outcome = _without_hop(group)
            return [Result(delivery, outcome, delivery.needs) for delivery in group.deliveries]
        message = job.claimed.message
        policy = group.route.policy(trusted=message.origin.trusted)
        octets = job.claimed.octets
        if group.route.edits is not None:
            octets = await _edited(octets, group.route, bench)
            inspection = await examine(octets)
        content = batch.Content(message.sender, message.options, octets, inspection)
        aliases = self.setup.ascii_aliases
        attempt = Attempt(Way(group.hop, policy, aliases), self._tools.transport, bench)
        return await attempt.run(batch.batches(content, group.deliveries, policy, aliases))

    async def _write(self, job: Job, closed: Closed) -> None:
        """Until it is written the mail counts as not delivered, so a full disk is waited for."""
        while True:
            try:
                await job.queue.settle(closed.settlements, closed.reports)
            except QueueUnavailable as error:
                self._tools.journal.unwritten(job.claimed.message.id, str(error))
                await asyncio.sleep(UNWRITTEN)
            else:
                return


def _without_hop(group: _Group) -> Outcome:
    """What comes of mail whose route sends it nowhere."""
    if group.route is None:
        return Deferred(codes.SYSTEM_TROUBLE, "no route matches; it waits for one in the configuration")
    action = group.route.action
    match action:
        case Reject(code=code, status=status, text=text):
            return Failed(status, text, reply=reply(code, status, text))
        case Mailbox():
            return Failed(codes.NO_SUCH_MAILBOX, "no such mailbox here")
        case Discard():
            return Delivered("discard", _DISCARDED)
        case Hold():
            return Deferred(codes.SYSTEM_TROUBLE, f"held by route {group.route.name}")
        case Via() | ViaMx():
            return Deferred(codes.SYSTEM_TROUBLE, "the route names no next hop")
        case _:
            assert_never(action)


async def _edited(octets: OctetSource, route: Route, bench: Workbench) -> OctetSource:
    """The message with the header fields that its route adds and without those that it removes."""
    if route.edits is None:
        return octets
    lines = [field_line(name, value) for name, value in route.edits.add]
    return await bench.octets(with_fields(octets, header_fields(octets), route.edits.remove, lines))


def _trouble(results: list[Result]) -> Deferred | None:
    """The hop's trouble, where it kept every delivery from getting through."""
    troubles = [r.outcome for r in results if isinstance(r.outcome, Deferred) and r.outcome.hop_trouble]
    return troubles[0] if troubles and len(troubles) == len(results) else None
