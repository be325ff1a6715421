"""A client's session (RFC 9051 3): who it is, what it enabled, which mailbox it has selected."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Protocol

from gateway.accounts.model import SessionId
from gateway.auth.authenticator import Circumstances, Login
from gateway.auth.authenticator import Service as LoginService
from gateway.auth.sasl import Channel
from gateway.imap.access import Access
from gateway.imap.output import Output
from gateway.imap.selected import Selected
from gateway.imap.service import Service
from gateway.imap.watch import Watch
from gateway.imap.wire.completion import Completion
from gateway.imap.wire.scanner import Scanner
from gateway.listen.handshake import Secured
from gateway.mail.ip import is_loopback
from gateway.mail.origin import Tls

REV2: Final = "IMAP4REV2"
UTF8: Final = "UTF8=ACCEPT"
CONDSTORE: Final = "CONDSTORE"
QRESYNC: Final = "QRESYNC"
UIDONLY: Final = "UIDONLY"


class Taker(Protocol):
    """Takes the literals of one command that are not to be held in memory."""

    async def announced(self, scanner: Scanner, size: int, *, binary: bool) -> bool:
        """Whether this one is for it; then `octets` follows. The scanner stands where the arguments begin, and ends
        where the literal does. Raises BadSyntax, Refusal, and whatever a command may raise."""
        ...

    async def octets(self, data: bytes, *, last: bool) -> None:
        """A piece of the announced literal; raises as above: then the rest is read over."""
        ...

    def abandon(self) -> None:
        """The command is over, or will never be complete: let go of what was not used. Safe to call twice."""
        ...


@dataclass(frozen=True, slots=True)
class Client:
    """Who is at the other end, and how its octets come."""

    ip: str
    secured: Secured | None = None
    """None: in clear text."""
    compressed: bool = False

    @property
    def tls(self) -> Tls | None:
        """None: in clear text."""
        return self.secured.tls if self.secured is not None else None

    @property
    def private(self) -> bool:
        """Whether a password may be sent here."""
        return self.secured is not None or is_loopback(self.ip)


class Next(Enum):
    """What the connection does when the response to this command is sent."""

    TLS = auto()
    """Begin TLS: nothing that was said before counts."""
    DEFLATE = auto()
    """Compress, in both directions (RFC 4978)."""
    ANEW = auto()
    """Begin anew, not logged in; only TLS stays (RFC 8437)."""


@dataclass(frozen=True, slots=True)
class Held:
    """A command that goes on until the client sends one more line (IDLE)."""

    tag: bytes
    end: Callable[["Session", bytes], Coroutine[object, object, Completion]]


class Offer(Protocol):
    """What the extensions of this server are to a session."""

    def capabilities(self, session: "Session") -> bytes:
        """The atoms of CAPABILITY, with spaces between them (RFC 9051 7.2.2)."""
        ...

    def enables(self, session: "Session") -> frozenset[str]:
        """What ENABLE takes, in upper case (RFC 5161)."""
        ...


class Session:
    """Of one connection; after STARTTLS and UNAUTHENTICATE, a new one."""

    login: Login | None = None
    live: SessionId | None = None
    """While it is listed as logged in."""
    failed = 0
    """Log-ins that were refused."""
    program = ""
    """What the client says it is (RFC 2971), safe for logs."""
    access: Access | None = None
    selected: Selected | None = None
    tag = b"*"
    """Of the command that is being carried out."""
    numbered = False
    """It names messages by number, though it begins with UID: what is expunged waits (RFC 7162 3.2.10)."""
    watch: Watch | None = None
    """What NOTIFY asked for; None: it was not given."""
    taker: Taker | None = None
    """What has taken the literals of the command that is being carried out."""
    held: Held | None = None
    """The command that waits for a line; others only come after it."""
    unasked: "Callable[[Session], Coroutine[object, object, None]] | None" = None
    """Tells what there is to tell, between commands and while one is `held`: IDLE, NOTIFY. Run after `wake`."""
    next: Next | None = None
    """What comes after this command."""
    farewell = b""
    """The session is to end as soon as no command is under way: the BYE it is told then."""
    closing = False
    """Nothing more is read from the client."""

    def __init__(
        self, service: Service, offer: Offer, client: Client, output: Output, line: Callable[[], Awaitable[bytes]]
    ) -> None:
        self.service = service
        self.offer = offer
        self.client = client
        self.output = output
        self.line = line
        """The next line, for a command that waits for one (AUTHENTICATE). Raises ConnectionError, ValueError."""
        self.without = service.without(client.ip)
        """Capabilities that are switched off in this session."""
        self.enabled: set[str] = set()
        """In upper case (RFC 5161)."""
        self.wake: Callable[[], None] = _nothing
        """`unasked` has something to do: it is run soon. Neither raises nor awaits; may be called at any time."""
        self.end_connection: Callable[[str], None] = _nobody
        """Ends the connection from outside, with a reason."""

    @property
    def has_tls(self) -> bool:
        """Its octets come under TLS."""
        return self.client.secured is not None

    def channel(self, mechanism: str = "") -> Channel:
        """What the SASL mechanisms are told of this connection."""
        client, listener = self.client, self.service.surroundings.listener
        around = Circumstances(LoginService.IMAP, listener.name, client.ip, client.tls, mechanism)
        if client.secured is None:
            return Channel(around)
        return Channel(around, client.secured.server_end_point, client.secured.certificate)

    def logged_in(self, login: Login, around: Circumstances) -> None:
        """From now on until its end."""
        logins = self.service.logins
        self.login = login
        self.access = Access(self.service, login.account)
        self.without = self.service.without(self.client.ip, login.address)
        if not self.closing:
            self.live = logins.sessions.enter(login, around, logins.clock(), self.end_connection)

    def hold(self, command: Held) -> None:
        """A command goes on until the next line."""
        self.held = command
        self.service.observer.idling(1)

    def release(self) -> None:
        """It is over, or will never be. Safe to call twice."""
        if self.held is not None:
            self.held = None
            self.service.observer.idling(-1)

    def bye(self, text: str, code: bytes = b"") -> None:
        """The last response, in printable ASCII; nothing is read any more."""
        self.output.untagged(b"BYE %b%b" % (b"[%b] " % code if code else b"", text.encode("ascii", "replace")))
        self.closing = True

    @property
    def rev2(self) -> bool:
        """It speaks IMAP4rev2."""
        return REV2 in self.enabled

    @property
    def utf8(self) -> bool:
        """It reads UTF-8 in quoted strings, in names and in headers (RFC 9755, RFC 9051 5.1)."""
        return UTF8 in self.enabled or REV2 in self.enabled

    @property
    def condstore(self) -> bool:
        """MODSEQ is told with flags (RFC 7162 3.1)."""
        return CONDSTORE in self.enabled or QRESYNC in self.enabled

    @property
    def qresync(self) -> bool:
        """VANISHED instead of EXPUNGE (RFC 7162 3.2.10)."""
        return QRESYNC in self.enabled or UIDONLY in self.enabled

    @property
    def mail(self) -> Access:
        """What it can name; commands that use it are only possible after the log-in."""
        if self.access is None:
            raise AssertionError("not logged in")
        return self.access

    @property
    def mailbox(self) -> Selected:
        """The selected one; commands that use it are only possible then."""
        if self.selected is None:
            raise AssertionError("nothing is selected")
        return self.selected

    def end(self) -> None:
        """Let go of everything. Safe to call twice."""
        self.closing = True
        self.unasked = None
        self.release()
        if self.taker is not None:
            self.taker.abandon()
        if self.selected is not None:
            self.selected.view.close()
            self.selected = None
        if self.watch is not None:
            self.watch.close()
        if self.live is not None:
            self.service.logins.sessions.leave(self.live)
            self.live = None


def _nothing() -> None:
    """A session that hangs on no connection."""


def _nobody(_why: str) -> None:
    """Likewise."""
