"""Carries a job: routes it again, attempts, closes, and writes down what became of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import assert_never

from typing_extensions import override

from gateway.inspect.result import Inspection
from gateway.mail import codes
from gateway.mail.message import Delivery
from gateway.mail.nexthop import LmtpHop, MailboxHop, NextHop
from gateway.mail.octets import OctetSource
from gateway.mail.outcome import Deferred, Delivered, Failed, Outcome
from gateway.mail.reply import reply
from gateway.mail.units import Timestamp
from gateway.mime.header import header_fields
from gateway.queue.protocol import INLINE_LIMIT, NewMail, Queue, QueueUnavailable
from gateway.relay import batch
from gateway.relay.attempt import Attempt, Result, Way
from gateway.relay.closing import Closing, Moment, Reporting
from gateway.relay.content import examine
from gateway.relay.dispatch import Carrier
from gateway.relay.journal import Journal
from gateway.relay.lane import HopTerms, Job
from gateway.relay.materialise import Workbench
from gateway.relay.placing import place_report
from gateway.relay.seen import Content, facts_of
from gateway.relay.setup import Setup
from gateway.relay.timing import deadline_of, expired
from gateway.relay.transport import Reference, Transport
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
    """Deliveries of one message that go by the same route to the same next hop.

    `recorded` is the route's name as the queue keeps it: what was held and released keeps that of its hold, so that it
    is not held again. `results` grows during the attempt.
    """

    route: Route | None
    hop: NextHop | None
    key: str
    recorded: str
    deliveries: list[Delivery] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)


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
        """What has an outcome is written down, even where the attempt breaks off in the middle."""
        closing = self._closing(job)
        trouble: Deferred | None = None
        try:
            trouble = await self._attempt(job, closing)
        except QueueUnavailable as error:
            self._put_off(job, closing, Deferred(codes.STORAGE_FULL, f"no room for a rewritten copy: {error}"))
        except asyncio.CancelledError:
            # We stop. What has no outcome stays in the queue; what has one would go out twice if it were not written.
            await self._write(job, closing)
            raise
        except Exception as error:
            # A fault of ours: the mail is kept and tried again by its schedule, and the fault is told with its trace.
            self._tools.journal.log.exception("attempt broke off", id=job.claimed.message.id, hop=job.hop_key)
            why = f"internal error ({type(error).__name__}); the log has the details"
            self._put_off(job, closing, Deferred(codes.SYSTEM_TROUBLE, why))
        await self._write(job, closing)
        return trouble

    async def _attempt(self, job: Job, closing: Closing) -> Deferred | None:
        """Returns the trouble of the job's own hop: another one, where mail is routed to now, has its own lane."""
        inspection = job.inspection or await examine(job.claimed.octets)
        bench = Workbench(job.queue.spool)
        troubles: list[Deferred | None] = []
        try:
            for group in self._groups(job, inspection):
                await self._carry_group(job, group, inspection, bench, closing)
                if group.key == job.hop_key:
                    troubles.append(_trouble(group.results))
        finally:
            bench.discard()
        return troubles[0] if troubles and all(troubles) else None

    async def _carry_group(
        self, job: Job, group: _Group, inspection: Inspection, bench: Workbench, closing: Closing
    ) -> None:
        started = self._tools.clock()
        try:
            await self._carry(job, group, inspection, bench)
        finally:
            now = self._tools.clock()
            message = job.claimed.message
            route = group.route.name if group.route else ""
            waited = max(0.0, now - message.options.release(message.received))
            self._tools.journal.attempted(message, route, group.results, now - started, waited)
            self._close(closing, group, now)

    @override
    async def postpone(self, job: Job, trouble: Deferred) -> None:
        closing = self._closing(job)
        self._put_off(job, closing, trouble)
        await self._write(job, closing)

    def _put_off(self, job: Job, closing: Closing, trouble: Deferred) -> None:
        """Defer what has no outcome yet."""
        moment = Moment(self._tools.clock(), self._tools.jitter)
        for delivery in job.claimed.deliveries:
            if delivery.id not in closing.settled:
                route = self.setup.router.routes.named(delivery.route)
                result = Result(delivery, trouble, delivery.needs)
                closing.add([result], delivery.hop_key, delivery.route, _retry(route), moment)

    def _closing(self, job: Job) -> Closing:
        setup = self.setup
        reporting = Reporting(
            setup.hostname, setup.reports, lambda to, now: place_report(setup, to, now), job.queue.new_id
        )
        return Closing(job.claimed.message, job.claimed.octets, reporting, self._tools.journal)

    def _close(self, closing: Closing, group: _Group, now: Timestamp) -> None:
        route = group.route
        if route is not None and isinstance(route.action, Hold):
            closing.hold(group.deliveries, route.name, now)
        else:
            closing.add(group.results, group.key, group.recorded, _retry(route), Moment(now, self._tools.jitter))

    def _groups(self, job: Job, inspection: Inspection) -> list[_Group]:
        """Route again: the configuration, and the time of day, may have changed since."""
        message = job.claimed.message
        setup = self.setup
        facts = facts_of(message, setup.local_minute(self._tools.clock()))
        content = Content(job.claimed.octets, inspection, message.options)
        groups: dict[tuple[str, str, str, Reject | None], _Group] = {}
        for delivery in job.claimed.deliveries:
            address = delivery.recipient.address
            route = setup.router.again(delivery, content.facts(facts, delivery.recipient))
            key = route.hop_key(address) if route else delivery.hop_key
            recorded = setup.router.recorded(delivery, route)
            # Addresses that take no mail are refused by one route, each with its own words.
            own = route.action if route and isinstance(route.action, Reject) else None
            place = key, route.name if route else "", recorded, own
            group = groups.get(place)
            if group is None:
                hop = route.next_hop(address) if route else None
                group = groups[place] = _Group(route, hop, key, recorded)
            group.deliveries.append(delivery)
        return list(groups.values())

    async def _carry(self, job: Job, group: _Group, inspection: Inspection, bench: Workbench) -> None:
        if group.hop is None or group.route is None:
            outcome = _without_hop(group)
            group.results.extend(Result(delivery, outcome, delivery.needs) for delivery in group.deliveries)
            return
        message = job.claimed.message
        late = expired(message, self._tools.clock())
        if late is not None:
            group.results.extend(Result(delivery, late, delivery.needs) for delivery in group.deliveries)
            return
        policy = group.route.policy(trusted=message.origin.trusted)
        octets = job.claimed.octets
        if group.route.edits is not None:
            octets = await _edited(octets, group.route, bench)
            inspection = await examine(octets)
        reference = Reference(message.id, trusted=message.origin.trusted)
        content = batch.Content(message.sender, message.options, octets, inspection, reference)
        aliases = self.setup.ascii_aliases
        # LMTP and mailboxes deliver while we wait: there is nothing to promise.
        deadline = None if isinstance(group.hop, LmtpHop | MailboxHop) else deadline_of(message, self._tools.clock)
        attempt = Attempt(Way(group.hop, policy, aliases, deadline), self._tools.transport, bench, group.results)
        await attempt.run(batch.batches(content, group.deliveries, policy, aliases))

    async def _write(self, job: Job, closing: Closing) -> None:
        """Until it is written the mail counts as not delivered, so a full disk is waited for."""
        closed = closing.done(self._tools.clock())
        while closed.settlements:
            try:
                reports = [await _stored(report, job.queue) for report in closed.reports]
                await job.queue.settle(closed.settlements, reports)
            except QueueUnavailable as error:
                self._tools.journal.unwritten(job.claimed.message.id, str(error))
                await asyncio.sleep(UNWRITTEN)
            else:
                return


async def _stored(report: NewMail, queue: Queue) -> NewMail:
    """A report that returns a large message is spooled like one."""
    if not isinstance(report.body, bytes) or len(report.body) <= INLINE_LIMIT:
        return report
    spool = queue.spool()
    try:
        await spool.write(report.body)
        return replace(report, body=await spool.finish())
    except BaseException:
        spool.discard()
        raise


def _retry(route: Route | None) -> Retry:
    return route.retry if route else _DEFAULT_RETRY


def _without_hop(group: _Group) -> Outcome:
    """What comes of mail whose route sends it nowhere."""
    if group.route is None:
        return Deferred(codes.SYSTEM_TROUBLE, "no route matches; it waits for one in the configuration")
    action = group.route.action
    match action:
        case Reject(code=code, status=status, text=text):
            return Failed(status, text, reply=reply(code, status, text))
        case Discard():
            return Delivered("discard", _DISCARDED)
        case Hold():
            return Deferred(codes.SYSTEM_TROUBLE, f"held by route {group.route.name}")
        case Via() | ViaMx() | Mailbox():
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
