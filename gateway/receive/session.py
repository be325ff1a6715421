"""What is known of one session, and the replies that wait to be sent. Commands work on it; it does no I/O."""

import logging
from collections.abc import Awaitable, Coroutine
from enum import Enum, auto
from typing import TypeVar

from gateway.mail.origin import Origin, Tls
from gateway.mail.reply import Reply
from gateway.queue.protocol import QueueUnavailable
from gateway.receive.intake import STORAGE_REFUSAL
from gateway.receive.replies import ENOUGH_ERRORS, ENOUGH_JUNK, TROUBLE
from gateway.receive.service import Service
from gateway.receive.transaction import Transaction
from gateway.smtp.extensions.chunking import Chunk

T = TypeVar("T")

log = logging.getLogger(__name__)


class Mode(Enum):
    """What the next octets are."""

    COMMAND = auto()
    DATA = auto()
    CHUNK = auto()


class Session:
    """One client, from its greeting to its end, or to STARTTLS, after which nothing of it counts (RFC 3207 4.2)."""

    __slots__ = (
        "chunk",
        "chunk_left",
        "closing",
        "errors",
        "ip",
        "junk_count",
        "mode",
        "origin",
        "out",
        "progress",
        "service",
        "tls",
        "transaction",
        "wants_tls",
        "work",
    )

    def __init__(self, service: Service, ip: str, tls: Tls | None) -> None:
        self.service = service
        self.ip = ip
        self.tls = tls
        self.origin: Origin | None = None
        """From EHLO on."""
        self.transaction: Transaction | None = None
        """From an accepted MAIL until the message is accepted, refused or forgotten."""
        self.mode = Mode.COMMAND
        self.chunk: Chunk | None = None
        self.chunk_left = 0
        self.out: list[bytes] = []
        """Replies to be sent, in order."""
        self.work: Coroutine[object, object, None] | None = None
        """To be run to its end before the next octet is looked at."""
        self.closing = False
        """The connection ends when `out` is sent."""
        self.wants_tls = False
        self.errors = 0
        self.junk_count = 0
        self.progress = 0
        """Grows with each whole command and each piece of a message."""

    def say(self, reply: Reply) -> None:
        """Send a reply. 221 and 421 are the last one."""
        self.out.append(reply.wire())
        self.service.observer.replied(reply.code)
        if reply.code in (221, 421):
            self.closing = True

    def answer(self, reply: Reply) -> None:
        """Send a reply that counts against the client where it is a 5yz."""
        if reply.code >= 500:
            self.errors += 1
            if self.errors > self.service.limits.errors:
                reply = ENOUGH_ERRORS
        self.say(reply)

    def junk(self, reply: Reply) -> Reply:
        """The reply to a command that brings no mail nearer, or the end of our patience."""
        self.junk_count += 1
        return ENOUGH_JUNK if self.junk_count > self.service.limits.junk_commands else reply

    def reset(self) -> None:
        """RSET, or a new EHLO: the transaction is forgotten."""
        if self.transaction is not None:
            self.transaction.discard()
            self.transaction = None

    def finished(self) -> None:
        """A message was accepted: what went wrong before is forgiven."""
        self.transaction = None
        self.errors = 0
        self.junk_count = 0


async def guarded(work: Awaitable[T]) -> T | Reply:
    """The result, or what the client is told when the machinery behind us fails."""
    try:
        return await work
    except QueueUnavailable:
        return STORAGE_REFUSAL
    except Exception:
        log.exception("a step of a mail transaction failed")
        return TROUBLE
