"""The end of an attempt: outcomes become settlements and the reports that they owe, to be committed together.

Who is told (RFC 3461 5.2, 6.1): the sender, where NOTIFY allows it; never a null sender, never about a report. What
failed of a copy that we made ourselves is the postmaster's to know. Nothing ends without a trace in the history.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from gateway.mail import codes
from gateway.mail.address import NULL_PATH, Address, LocalPart
from gateway.mail.domain import Domain
from gateway.mail.envelope import MailOptions, Notify
from gateway.mail.message import Delivery, DeliveryId, Message, QueueId, State
from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.mail.outcome import Deferred, Delivered, Failed
from gateway.mail.units import Timestamp
from gateway.queue.protocol import NewDelivery, NewMail, Settlement
from gateway.relay.attempt import Result
from gateway.relay.journal import Journal
from gateway.relay.origins import OURSELVES
from gateway.relay.timing import by_priority, expired, notice_time
from gateway.report.build import Report, build
from gateway.report.config import ReportConfig
from gateway.report.request import Action, Occasion, RecipientReport, ReportRequest, recipient_report
from gateway.route.retry import Retry, next_due

_NOTIFY = {
    Occasion.FAILURE: Notify.FAILURE,
    Occasion.DELAY: Notify.DELAY,
    Occasion.SUCCESS: Notify.SUCCESS,
}
_ACTION = {
    Occasion.FAILURE: Action.FAILED,
    Occasion.DELAY: Action.DELAYED,
    Occasion.SUCCESS: Action.RELAYED,
}
_POSTMASTER = LocalPart("postmaster")

Place = Callable[[Address, Timestamp], Sequence[NewDelivery]]
"""Routes a report to its addressee."""


@dataclass(frozen=True, slots=True)
class Reporting:
    """What closing needs to know to make reports."""

    hostname: Domain
    config: ReportConfig
    place: Place
    new_id: Callable[[Timestamp], QueueId]

    @property
    def postmaster(self) -> Address:
        """Who looks after this gateway."""
        return self.config.postmaster or Address(_POSTMASTER, self.hostname)


@dataclass(frozen=True, slots=True)
class Moment:
    """When the attempt ended, and the dice that are thrown where there is a retry."""

    now: Timestamp
    jitter: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Closed:
    """All that one commit writes."""

    settlements: tuple[Settlement, ...]
    reports: tuple[NewMail, ...]


@dataclass(frozen=True, slots=True)
class _Owed:
    """One line of a report that is owed."""

    occasion: Occasion
    line: RecipientReport
    copy: bool


class Closing:
    """Closes the attempts of one message."""

    def __init__(self, message: Message, octets: OctetSource, reporting: Reporting, journal: Journal) -> None:
        self._message = message
        self._octets = octets
        self._reporting = reporting
        self._journal = journal
        self._since = message.options.release(message.received)
        """What waits, waits since then."""
        self.settled: set[DeliveryId] = set()
        """The deliveries that have an outcome."""
        self._settlements: list[Settlement] = []
        self._owed: list[_Owed] = []

    def add(self, results: Iterable[Result], hop_key: str, route: str, retry: Retry, moment: Moment) -> None:
        """Take in what became of deliveries that went by one route."""
        for result in results:
            settlement = self._settle(result, retry, moment)
            self._settlements.append(replace(settlement, hop_key=hop_key, route=route))
            self.settled.add(result.delivery.id)

    def hold(self, deliveries: Iterable[Delivery], route: str, now: Timestamp) -> None:
        """Keep these until an operator releases them."""
        outcome = Deferred(codes.SYSTEM_TROUBLE, f"held by route {route}")
        for delivery in deliveries:
            held = self._settlement(Result(delivery, outcome, delivery.needs), State.HELD, Moment(now, float))
            self._settlements.append(replace(held, route=route, hop_key="hold", counts=False))
            self.settled.add(delivery.id)

    def done(self, now: Timestamp) -> Closed:
        """Settlements and reports. Reports about several recipients of one occasion are one."""
        if not self._owed:
            return Closed(tuple(self._settlements), ())
        reports = [
            report
            for occasion in Occasion
            for copy in (False, True)
            if (lines := tuple(o.line for o in self._owed if o.occasion is occasion and o.copy is copy))
            for report in self._reports(occasion, lines, now, to_postmaster=copy)
        ]
        return Closed(tuple(self._settlements), tuple(reports))

    def _settle(self, result: Result, retry: Retry, moment: Moment) -> Settlement:
        outcome = result.outcome
        match outcome:
            case Delivered():
                if result.news or not result.dsn_passed_on:
                    self._owe(result, Occasion.SUCCESS, moment)
                return self._settlement(result, State.DELIVERED, moment)
            case Failed():
                self._owe(result, Occasion.FAILURE, moment)
                return self._settlement(result, State.FAILED, moment)
            case Deferred():
                return self._defer(result, outcome, retry, moment)
            case _:
                assert_never(outcome)

    def _defer(self, result: Result, outcome: Deferred, retry: Retry, moment: Moment) -> Settlement:
        message, attempts = self._message, result.delivery.attempts + 1
        schedule = by_priority(retry, message.options.priority or 0)
        due = next_due(schedule, attempts, self._since, moment.now, moment.jitter())
        late = expired(message, moment.now)
        if late is not None:
            over = replace(late, why=f"{late.why}; the last attempt: {outcome.why}", host=outcome.host)
            return self._settle(replace(result, outcome=replace(over, reply=outcome.reply)), retry, moment)
        if due is None:
            waited = round((moment.now - self._since) / 3600)
            why = f"given up after {waited} hours and {attempts} attempts; the last one: {outcome.why}"
            given_up = Failed(replace(outcome.status, klass=5), why, outcome.host, outcome.reply)
            return self._settle(replace(result, outcome=given_up), retry, moment)
        tell = self._tells(result, outcome, retry, moment)
        deadline = message.options.deadline(message.received)
        if deadline is not None and deadline > moment.now:
            due = min(due, deadline)
        settlement = self._settlement(result, State.DEFERRED, moment)
        return replace(settlement, due=due, delay_told=tell or result.delivery.delay_told)

    def _tells(self, result: Result, outcome: Deferred, retry: Retry, moment: Moment) -> bool:
        """Whether the sender is told now that it takes longer: as 4.4.7 where it named a time (RFC 2852 4.1.3)."""
        message = self._message
        if result.delivery.delay_told or moment.now < notice_time(message, self._reporting.config.delay_after):
            return False
        if message.options.deadline(message.received) is not None:
            why = f"not delivered in the time that its sender named; it is tried further: {outcome.why}"
            result = replace(result, outcome=replace(outcome, status=codes.EXPIRED, why=why))
        self._owe(result, Occasion.DELAY, moment, Timestamp(self._since + retry.expire))
        return True

    def _settlement(self, result: Result, state: State, moment: Moment) -> Settlement:
        delivery = result.delivery
        return Settlement(
            self._message.id,
            delivery.id,
            result.outcome,
            moment.now,
            state,
            moment.now,
            delivery.hop_key,
            delivery.route,
            result.needs,
            delivery.delay_told,
        )

    def _owe(self, result: Result, occasion: Occasion, moment: Moment, until: Timestamp | None = None) -> None:
        delivery = result.delivery
        if not self._message.subject_to_report:
            # It is a report, sent with NOTIFY=NEVER to keep the next hop silent; here its end is still accounted for.
            if occasion is Occasion.FAILURE:
                self._undeliverable_report(_Owed(occasion, self._line(result, occasion, moment, until), delivery.copy))
        elif delivery.copy:
            if occasion is Occasion.FAILURE:
                self._add(_Owed(occasion, self._line(result, occasion, moment, until), copy=True))
        elif _wanted(result, occasion):
            self._add(_Owed(occasion, self._line(result, occasion, moment, until), copy=False))

    def _add(self, owed: _Owed) -> None:
        if self._message.sender is NULL_PATH and not owed.copy:
            if owed.occasion is Occasion.FAILURE:
                self._journal.unreportable(self._message, owed.line.why)
        else:
            self._owed.append(owed)

    def _undeliverable_report(self, owed: _Owed) -> None:
        """A report for a UTF-8 return path that no host takes goes to the postmaster; others end here, in the log."""
        utf8 = owed.line.status in (codes.NON_ASCII_ADDRESS, codes.NON_ASCII_HEADER)
        if utf8 and owed.line.recipient != self._reporting.postmaster:
            self._owed.append(replace(owed, copy=True))
        else:
            self._journal.unreportable(self._message, owed.line.why)

    def _line(self, result: Result, occasion: Occasion, moment: Moment, until: Timestamp | None) -> RecipientReport:
        action = Action.DELIVERED if result.final and occasion is Occasion.SUCCESS else _ACTION[occasion]
        line = recipient_report(result.delivery, result.outcome, action, moment.now)
        if action is Action.DELIVERED:
            # Whose mailbox it is, and which, is nobody's business outside.
            line = replace(line, reply=None)
        if occasion is Occasion.SUCCESS and result.news:
            line = replace(line, why=result.news, reports_on=result.dsn_passed_on)
        return replace(line, retry_until=until) if until else line

    def _reports(
        self, occasion: Occasion, lines: tuple[RecipientReport, ...], now: Timestamp, *, to_postmaster: bool
    ) -> list[NewMail]:
        sender = self._message.sender
        postmaster = self._reporting.postmaster
        if to_postmaster or not isinstance(sender, Address):
            return [self._report(postmaster, occasion, lines, now)]
        reports = [self._report(sender, occasion, lines, now)]
        if occasion in self._reporting.config.postmaster_copies:
            reports.append(self._report(postmaster, occasion, lines, now))
        return reports

    def _report(self, to: Address, occasion: Occasion, lines: tuple[RecipientReport, ...], now: Timestamp) -> NewMail:
        id_ = self._reporting.new_id(now)
        report = _built(
            ReportRequest(
                to=to,
                id=id_,
                occasion=occasion,
                reporter=self._reporting.hostname,
                message=self._message,
                octets=self._octets,
                recipients=lines,
                now=now,
                return_limit=self._reporting.config.return_limit,
            )
        )
        message = Message(
            id_,
            now,
            NULL_PATH,
            MailOptions(priority=self._message.options.priority),
            OURSELVES,
            len(report.octets),
            report.message_id,
            subject_to_report=False,
        )
        self._journal.reported(id_, self._message.id, occasion)
        return NewMail(message, report.octets, tuple(self._reporting.place(to, now)))


def _wanted(result: Result, occasion: Occasion) -> bool:
    """Whether NOTIFY allows a report. What a time of delivery makes us tell needs no SUCCESS, only no NEVER."""
    recipient = result.delivery.recipient
    if occasion is Occasion.SUCCESS and result.news:
        return recipient.notify is None or Notify.NEVER not in recipient.notify
    return recipient.wants(_NOTIFY[occasion])


def _built(request: ReportRequest) -> Report:
    """The report; without what it would return, where that can be read no more: its sender is told all the same."""
    try:
        return build(request)
    except OSError:
        return build(replace(request, octets=MemoryOctets(b"")))
