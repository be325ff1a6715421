"""What the relay tells the log and the metrics: one place, one call per step of a message's story."""

from collections.abc import Sequence
from typing import assert_never

from gateway.mail.address import ReversePath
from gateway.mail.message import Message, QueueId
from gateway.mail.need import Extension, Needs
from gateway.mail.origin import Origin
from gateway.mail.outcome import Deferred, Delivered, Failed
from gateway.mail.reply import Reply
from gateway.mail.rfc3339 import rfc3339
from gateway.relay.attempt import Result
from gateway.telemetry.logs import Log
from gateway.telemetry.metrics import Metrics


class Journal:
    """Writes events. `id` is the queue id, the same from the 250 to the last attempt."""

    def __init__(self, log: Log, metrics: Metrics) -> None:
        self.log = log
        self.metrics = metrics

    def accepted(self, message: Message, recipients: Sequence[str], needs: Needs, seconds: float) -> None:
        """A message is durable, and its 250 is on the way."""
        origin = message.origin
        receiving = self.metrics.receiving
        receiving.messages.at(origin.listener).add()
        receiving.octets.at(origin.listener).add(message.size)
        receiving.accept_seconds.at(origin.listener).observe(seconds)
        for extension in needs.by_extension:
            self.metrics.needing.derived.at(extension).add()
        self._requested(message)
        self.log.info(
            "accepted",
            id=message.id,
            sender=str(message.sender),
            recipients=recipients,
            size=message.size,
            message_id=message.message_id,
            client=origin.ip,
            listener=origin.listener,
            needs=sorted(needs.by_extension),
            **_asked(message),
        )

    def _requested(self, message: Message) -> None:
        requested = self.metrics.needing.requested
        if message.options.smtputf8:
            requested.at(Extension.SMTPUTF8).add()
        if message.options.body is not None and message.options.body != "7BIT":
            requested.at(message.options.body).add()
        if message.options.requiretls:
            requested.at(Extension.REQUIRETLS).add()

    def refused(self, origin: Origin, sender: ReversePath, what: str, reply: Reply) -> None:
        """A sender, a recipient or a message was not taken."""
        self.log.info(
            "refused", client=origin.ip, listener=origin.listener, sender=str(sender), what=what, reply=str(reply)
        )

    def full(self, step: str) -> None:
        """A recipient or a message is refused, since the mailbox is full."""
        self.metrics.storing.refusals.at(step).add()

    def unavailable(self, why: str) -> None:
        """A message could not be stored: its client keeps it."""
        self.metrics.queueing.unavailable.at().add()
        self.log.error("queue cannot store mail", why=why)

    def attempted(self, message: Message, route: str, results: Sequence[Result], seconds: float, waited: float) -> None:
        """An attempt has ended; `waited` is the time since the message came in."""
        delivering = self.metrics.delivering
        delivering.seconds.at(route).observe(seconds)
        delivered = 0
        for result in results:
            outcome = result.outcome
            match outcome:
                case Delivered():
                    delivered += 1
                    delivering.attempts.at(route, "delivered").add()
                    self._delivered(message, route, result, outcome)
                case Deferred():
                    delivering.attempts.at(route, "deferred").add()
                    self._undelivered("deferred", message, route, result, outcome)
                case Failed():
                    delivering.attempts.at(route, "failed").add()
                    self._undelivered("failed", message, route, result, outcome)
                case _:
                    assert_never(outcome)
        if delivered:
            delivering.messages.at(route).add()
            delivering.octets.at(route).add(message.size)
            self.metrics.queueing.wait_seconds.at().observe(waited)

    def _delivered(self, message: Message, route: str, result: Result, outcome: Delivered) -> None:
        if message.options.smtputf8 and not result.smtputf8_declared:
            self.metrics.needing.smtputf8_dropped.at(route).add()
        for kind in result.rewritten:
            self.metrics.needing.downgraded.at(kind).add()
        self.log.info(
            "delivered",
            id=message.id,
            recipient=str(result.delivery.recipient.address),
            route=route,
            host=outcome.host,
            reply=str(outcome.reply),
            needs=result.needs,
            changed=outcome.changed,
            attempt=result.delivery.attempts + 1,
        )

    def _undelivered(
        self, event: str, message: Message, route: str, result: Result, outcome: Deferred | Failed
    ) -> None:
        self.log.warning(
            event,
            id=message.id,
            recipient=str(result.delivery.recipient.address),
            route=route,
            host=outcome.host,
            status=str(outcome.status),
            why=outcome.why,
            reply=str(outcome.reply) if outcome.reply else "",
            needs=result.needs,
            attempt=result.delivery.attempts + 1,
        )

    def reported(self, report: QueueId, about: QueueId, occasion: str) -> None:
        """A report was put into the queue."""
        self.metrics.delivering.reports.at(occasion).add()
        self.log.info("report", id=about, report=report, occasion=occasion)

    def unreportable(self, message: Message, why: str) -> None:
        """Mail failed and nobody can be told: it is a report itself, or its sender is null."""
        self.log.warning("nobody to tell", id=message.id, sender=str(message.sender), why=why)

    def unwritten(self, message: QueueId, why: str) -> None:
        """An outcome cannot be written down yet."""
        self.metrics.queueing.unavailable.at().add()
        self.log.error("outcome not written yet", id=message, why=why)


def _asked(message: Message) -> dict[str, str | int]:
    """What its sender asked about the time of delivery, where it did."""
    options = message.options
    asked: dict[str, str | int] = {}
    if options.hold is not None:
        asked["held_until"] = rfc3339(options.release(message.received))
    if (deadline := options.deadline(message.received)) is not None:
        asked["deliver_by"] = rfc3339(deadline)
    if options.priority is not None:
        asked["priority"] = options.priority
    return asked
