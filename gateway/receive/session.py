"""What is known of one session, and the replies that wait to be sent. Commands work on it; it does no I/O."""

import logging
from collections.abc import Awaitable, Coroutine
from dataclasses import replace
from enum import Enum, auto
from typing import TypeVar

from gateway.accounts.model import SessionId
from gateway.accounts.sessions import End
from gateway.auth.authenticator import Circumstances, Login
from gateway.auth.authenticator import Service as LoginService
from gateway.auth.sasl import Channel
from gateway.listen.handshake import Secured
from gateway.mail.ip import is_loopback
from gateway.mail.origin import Origin
from gateway.mail.reply import Reply
from gateway.mail.units import Timestamp
from gateway.queue.protocol import QueueUnavailable
from gateway.receive.attempts import Attempts
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
    AUTH = auto()


class Session:
    """One client, from its greeting to its end, or to STARTTLS, after which nothing of it counts (RFC 3207 4.2)."""

    __slots__ = (
        "auth",
        "chunk",
        "chunk_left",
        "closing",
        "end",
        "errors",
        "greeted",
        "ip",
        "junk_count",
        "live",
        "login",
        "mode",
        "origin",
        "out",
        "progress",
        "secured",
        "service",
        "tls",
        "transaction",
        "wants_tls",
        "work",
    )

    def __init__(self, service: Service, ip: str, secured: Secured | None) -> None:
        self.service = service
        self.ip = ip
        self.secured = secured
        self.tls = secured.tls if secured is not None else None
        self.origin: Origin | None = None
        """From EHLO on."""
        self.greeted = Timestamp(0)
        """The minute that the last reply to EHLO was made for."""
        self.auth = Attempts()
        self.login: Login | None = None
        self.live: SessionId | None = None
        """While it is listed as logged in."""
        self.end: End = _nobody
        """Ends the connection from outside, with a reason."""
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

    @property
    def private(self) -> bool:
        """Whether a password may be sent here."""
        return self.tls is not None or is_loopback(self.ip)

    @property
    def trusted(self) -> bool:
        """Whether the client may relay."""
        return self.login is not None or self.service.trusts(self.ip)

    def channel(self, mechanism: str = "") -> Channel:
        """What the SASL mechanisms are told of this connection."""
        around = Circumstances(LoginService.SMTP, self.service.listener.name, self.ip, self.tls, mechanism)
        if self.secured is None:
            return Channel(around)
        return Channel(around, self.secured.server_end_point, self.secured.certificate)

    def logged_in(self, login: Login, around: Circumstances) -> None:
        """From now on until its end."""
        logins = self.service.logins
        self.login = login
        self.origin = self.identified(self.origin) if self.origin is not None else None
        if logins is not None and not self.closing:
            self.live = logins.sessions.enter(login, around, logins.clock(), self.end)

    def identified(self, origin: Origin) -> Origin:
        """The same client as who it has proved to be."""
        if self.login is None:
            return origin
        return replace(origin, authenticated=str(self.login.address), account=self.login.account, trusted=True)

    def leave(self) -> None:
        """It is over. Safe to call twice."""
        logins = self.service.logins
        if self.live is not None and logins is not None:
            logins.sessions.leave(self.live)
            self.live = None

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


def _nobody(_why: str) -> None:
    """A session that hangs on no connection."""


async def guarded(work: Awaitable[T]) -> T | Reply:
    """The result, or what the client is told when the machinery behind us fails."""
    try:
        return await work
    except QueueUnavailable:
        return STORAGE_REFUSAL
    except Exception:
        log.exception("a step of a mail transaction failed")
        return TROUBLE
