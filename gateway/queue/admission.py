"""A new message as rows, and as the deliveries that its caller gets back."""

import zlib
from collections.abc import Collection

from gateway.mail.message import Delivery, State
from gateway.mail.units import Timestamp
from gateway.queue.change import Addition
from gateway.queue.codec import encode_message, encode_recipient, sender_of
from gateway.queue.fairness import flow_of
from gateway.queue.ids import MAX_RECIPIENTS, delivery_id
from gateway.queue.protocol import NewDelivery, NewMail
from gateway.queue.rows import NUMBERS, DeliveryRow


def admit(addition: Addition, mail: NewMail, key: int, lease_for: Collection[str]) -> tuple[Delivery, ...]:
    """Add the rows of a message to an addition. Raises ValueError for what cannot be stored."""
    if len(mail.deliveries) > MAX_RECIPIENTS:
        raise ValueError(f"a message has at most {MAX_RECIPIENTS} deliveries")
    body = mail.body
    octets, file = (body, None) if isinstance(body, bytes) else (None, body.name)
    addition.messages.append((key, encode_message(mail.message), file, octets))
    message = mail.message
    flow = flow_of(zlib.crc32(sender_of(message).encode("utf-8", "replace")), message.options.priority or 0)
    deliveries = []
    for number, new in enumerate(mail.deliveries, 1):
        identifier = delivery_id(key, number)
        state = _first_state(new, lease_for, message.received)
        row = DeliveryRow(
            identifier,
            NUMBERS[state],
            new.hop_key,
            new.due,
            None,
            flow,
            new.route,
            ",".join(new.needs),
            encode_recipient(new),
            new.hold_reason,
        )
        ready = state is State.QUEUED and new.due <= message.received
        (addition.ready if ready else addition.deliveries).append(row)
        deliveries.append(
            Delivery(
                identifier,
                new.recipient,
                new.hop_key,
                new.route,
                state,
                new.due,
                needs=new.needs,
                copy=new.copy,
                hold_reason=new.hold_reason,
                alias_of=new.alias_of,
            )
        )
    return tuple(deliveries)


def _first_state(new: NewDelivery, lease_for: Collection[str], now: Timestamp) -> State:
    if new.hold_reason:
        return State.HELD
    return State.LEASED if new.due <= now and new.hop_key in lease_for else State.QUEUED
