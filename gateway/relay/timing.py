"""What senders ask about the time of delivery: by when (DELIVERBY, RFC 2852), and how urgently (MT-PRIORITY, RFC 6710).

A time to deliver by counts from the arrival; retries of a message that was held (FUTURERELEASE, RFC 4865) count from
its release.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gateway.mail import codes
from gateway.mail.capabilities import Capabilities
from gateway.mail.envelope import ByMode, DeliverBy, MailOptions, Notify, Recipient
from gateway.mail.message import Message
from gateway.mail.origin import Origin
from gateway.mail.outcome import Failed
from gateway.mail.units import Seconds, Timestamp
from gateway.queue.protocol import NewDelivery
from gateway.rewrite.date_time import date_time
from gateway.route.retry import Retry
from gateway.smtp.extensions.deliverby import least_time

_TOO_LATE = replace(codes.EXPIRED, klass=5)
_STEPS = 3
"""Steps of priority that halve the wait for the next attempt, or double it."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """By when one message is to be delivered, or was to be. Time goes on during an attempt: hence a clock."""

    asked: DeliverBy
    at: Timestamp
    clock: Callable[[], Timestamp]

    def left(self) -> DeliverBy:
        """What a next hop is told (RFC 2852 4.1.4): the time less what was spent here."""
        return replace(self.asked, seconds=math.floor(self.at - self.clock()))

    def refusal(self, host: str, capabilities: Capabilities) -> Failed | None:
        """Why a message that is returned when it is late must not go to this host: it cannot promise to be in time, or
        takes longer (RFC 2852 4.1.4.1)."""
        if self.asked.mode is not ByMode.RETURN:
            return None
        left, least = self.left().seconds, max(1, least_time(capabilities))
        if "DELIVERBY" not in capabilities:
            why = f"{host} does not promise to deliver in time (DELIVERBY), as the sender demands"
        elif left < least:
            why = f"{host} wants {least} seconds to deliver it, and {left} are left"
        else:
            return None
        return Failed(_TOO_LATE, why, host)

    def news(self, host: str, capabilities: Capabilities) -> str:
        """Why the sender is told that the message was passed on to this host now; "": it is not told.

        RFC 2852 4.1.4 for a trace, 4.1.4.2 for a host that will not watch the time that is left.
        """
        if self._is_left_to(capabilities):
            return f"{host} does not know by when a message is to be delivered (DELIVERBY)"
        return "its sender asked to hear of each server that passes it on" if self.asked.trace else ""

    def told_of(self, recipients: tuple[Recipient, ...], capabilities: Capabilities) -> tuple[Recipient, ...]:
        """The recipients as this host is told of them: one that only knows DSN is to report delays (RFC 2852 4.1.4.2).

        None of them changes where the host watches the time itself, or where that is over.
        """
        if "DSN" not in capabilities or not self._is_left_to(capabilities):
            return recipients
        return tuple(_with_delay(recipient) for recipient in recipients)

    def _is_left_to(self, capabilities: Capabilities) -> bool:
        """Whether there is time left, of which this host will know nothing."""
        return "DELIVERBY" not in capabilities and self.at > self.clock()


def _with_delay(recipient: Recipient) -> Recipient:
    if recipient.notify is None:
        return replace(recipient, notify=frozenset({Notify.FAILURE, Notify.DELAY}))
    if Notify.NEVER in recipient.notify:
        return recipient
    return replace(recipient, notify=recipient.notify | {Notify.DELAY})


def deadline_of(message: Message, clock: Callable[[], Timestamp]) -> Deadline | None:
    """Of a message whose sender named a time, also where that was over before it came."""
    by = message.options.deliver_by
    if by is None:
        return None
    return Deadline(by, Timestamp(message.received + by.seconds), clock)


def expired(message: Message, now: Timestamp) -> Failed | None:
    """The end of a message that is returned when it is late (RFC 2852 4.1.3)."""
    by, at = message.options.deliver_by, message.options.deadline(message.received)
    if by is None or at is None or by.mode is not ByMode.RETURN or now < at:
        return None
    return Failed(_TOO_LATE, f"it could not be delivered by {date_time(at)}, as its sender demanded")


def notice_time(message: Message, delay_after: Seconds) -> Timestamp:
    """When its sender is told, once, that a message still waits: at the time that it named, else after the usual one
    (RFC 2852 4.1.3). A time that was over before it came is no exception."""
    at = message.options.deadline(message.received)
    return Timestamp(message.options.release(message.received) + delay_after) if at is None else at


def by_priority(retry: Retry, priority: int) -> Retry:
    """The schedule for a message of this priority: what is urgent is tried again sooner, what is not, later; never
    later than the longest wait, and no longer in all (RFC 6710 5.1)."""
    if not priority:
        return retry
    factor = 2.0 ** (-priority / _STEPS)
    return replace(retry, first=Seconds(min(retry.first * factor, retry.max)))


def honoured(options: MailOptions, origin: Origin) -> MailOptions:
    """The options that count: a priority is for trusted clients to ask, others have none (RFC 6710 4.1)."""
    return options if not options.priority or origin.trusted else replace(options, priority=0)


def arrived(options: MailOptions, begun: Timestamp | None, received: Timestamp) -> MailOptions:
    """The options of a message that is here: BY counts from MAIL (RFC 2852 4), so that what its data took is spent."""
    by = options.deliver_by
    spent = 0 if begun is None else int(received - begun)
    if by is None or spent <= 0:
        return options
    return replace(options, deliver_by=replace(by, seconds=by.seconds - spent))


def timed(deliveries: Sequence[NewDelivery], message: Message) -> Sequence[NewDelivery]:
    """The deliveries, due when the message is released: not before, and not later for a clock that was put back."""
    due = message.options.release(message.received)
    if all(each.due == due or each.due < due == message.received for each in deliveries):
        return deliveries
    return [replace(each, due=due) for each in deliveries]
