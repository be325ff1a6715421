"""One message for one person, however many names of theirs it was sent to (RFC 5321 3.9)."""

from collections.abc import Sequence

from gateway.mail.envelope import Notify
from gateway.queue.protocol import NewDelivery

_Claim = tuple[bool, str, frozenset[Notify] | None]


def once(deliveries: Sequence[NewDelivery]) -> Sequence[NewDelivery]:
    """Without the copies, and what aliases made, that the message has already.

    Who asks for a report of success is owed one for each name, and who asks for different reports gets them: such
    deliveries stay. What a client names twice itself stays too.
    """
    if len(deliveries) < 2 or not any(_made_here(d) for d in deliveries):
        return deliveries
    seen = {_claim(d) for d in deliveries if not _made_here(d)}
    kept: list[NewDelivery] = []
    for delivery in deliveries:
        claim = _claim(delivery)
        if claim in seen and _made_here(delivery) and not delivery.recipient.wants(Notify.SUCCESS):
            continue
        seen.add(claim)
        kept.append(delivery)
    return kept


def _made_here(delivery: NewDelivery) -> bool:
    return delivery.copy or bool(delivery.alias_of)


def _claim(delivery: NewDelivery) -> _Claim:
    return delivery.copy, delivery.recipient.address.wire, delivery.recipient.notify
