"""Queues for the contract suite, by engine, and the mail to put into them."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from gateway.mail.address import ReversePath, parse_address
from gateway.mail.codes import NO_ANSWER, NO_SUCH_MAILBOX, OK
from gateway.mail.envelope import MailOptions, Recipient
from gateway.mail.message import Delivery, Message, State
from gateway.mail.origin import Origin
from gateway.mail.outcome import Deferred, Delivered, Failed, Outcome
from gateway.mail.reply import Reply
from gateway.mail.units import Seconds, Timestamp
from gateway.queue.config import QueueConfig
from gateway.queue.protocol import NewDelivery, NewMail, Queue, Settlement, SpooledBody
from gateway.queue.shards import open_shard

NOW = Timestamp(1_800_000_000.0)
HOP = "relay:legacy"
OTHER_HOP = "mx:example.org"
BODY = b"Subject: hello\r\n\r\nworld\r\n"

SENT = Delivered("hop.example", Reply(250, OK, ("queued",)), ("header Subject to RFC 2047",))
TROUBLE = Deferred(NO_ANSWER, "connection refused", "hop.example", hop_trouble=True)
REFUSED = Failed(NO_SUCH_MAILBOX, "no such user", "hop.example", Reply(550, NO_SUCH_MAILBOX, ("no such user",)))

Engine = Callable[[Path], Awaitable[Queue]]
"""Opens the shard that lies in a folder, made where it is missing."""


async def embedded(folder: Path) -> Queue:
    return await open_shard(folder, 0, QueueConfig(lease=Seconds(600)), NOW)


ENGINES: dict[str, Engine] = {"embedded": embedded}


def after(seconds: float) -> Timestamp:
    return Timestamp(NOW + seconds)


def new_delivery(recipient: str, hop: str = HOP, due: Timestamp = NOW, hold: str = "") -> NewDelivery:
    return NewDelivery(Recipient(parse_address(recipient)), hop, "legacy", due, ("SMTPUTF8",), hold_reason=hold)


def new_mail(
    queue: Queue,
    *deliveries: NewDelivery,
    sender: str | ReversePath = "sender@client.example",
    body: bytes | SpooledBody = BODY,
) -> NewMail:
    path = parse_address(sender) if isinstance(sender, str) else sender
    message = Message(
        queue.new_id(NOW),
        NOW,
        path,
        MailOptions(smtputf8=True),
        Origin("mx", "192.0.2.1"),
        len(body),
        "<1@client.example>",
    )
    return NewMail(message, body, deliveries or (new_delivery("jörg@bücher.example"),))


def settlement(
    message: Message, delivery: Delivery, outcome: Outcome, *, state: State | None = None, due: Timestamp = NOW
) -> Settlement:
    natural = {Delivered: State.DELIVERED, Deferred: State.DEFERRED, Failed: State.FAILED}[type(outcome)]
    return Settlement(
        message.id, delivery.id, outcome, NOW, state or natural, due, delivery.hop_key, delivery.route, ("SMTPUTF8",)
    )


async def names_claimed(queue: Queue, limit: int, hop: str = HOP, now: Timestamp = NOW) -> list[str]:
    """Recipients of what a claim gives, in order."""
    claimed = await queue.claim(hop, now, limit)
    return [str(delivery.recipient.address) for one in claimed for delivery in one.deliveries]


def hops(queue: Queue, now: Timestamp = NOW) -> Sequence[str]:
    return [ripe.hop_key for ripe in queue.ripe(now)]
