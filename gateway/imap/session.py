"""A client's session (RFC 9051 3): who it is, what it enabled, which mailbox it has selected."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol

from gateway.auth.authenticator import Login
from gateway.imap.access import Access
from gateway.imap.output import Output
from gateway.imap.selected import Selected
from gateway.imap.service import Service
from gateway.imap.wire.framing import Piece

REV2: Final = "IMAP4REV2"
UTF8: Final = "UTF8=ACCEPT"
CONDSTORE: Final = "CONDSTORE"
QRESYNC: Final = "QRESYNC"
UIDONLY: Final = "UIDONLY"


class Taker(Protocol):
    """Takes the literals of one command that are not to be held in memory."""

    async def announced(self, pieces: tuple[Piece, ...], size: int, *, binary: bool) -> bool:
        """Whether this one is for it; then `octets` follows. Raises Refusal, and whatever a command may raise."""
        ...

    async def octets(self, data: bytes, *, last: bool) -> None:
        """A piece of the announced literal; raises as above: then the rest is read over."""
        ...

    def abandon(self) -> None:
        """The command is over, or will never be complete: let go of what was not used. Safe to call twice."""
        ...


@dataclass(frozen=True, slots=True)
class Client:
    """Who is at the other end."""

    ip: str
    under_tls: bool = False


class Session:
    """Of one connection."""

    def __init__(self, service: Service, client: Client, output: Output, line: Callable[[], Awaitable[bytes]]) -> None:
        self.service = service
        self.client = client
        self.output = output
        self.line = line
        """The next line, for a command that waits for one (AUTHENTICATE, IDLE). Raises ConnectionError, ValueError."""
        self.login: Login | None = None
        self.access: Access | None = None
        self.selected: Selected | None = None
        self.enabled: set[str] = set()
        """In upper case (RFC 5161)."""
        self.tag = b"*"
        """Of the command that is being carried out."""
        self.taker: Taker | None = None
        """What has taken the literals of the command that is being carried out."""
        self.closing = False
        """Nothing more is read from the client."""

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
        """Let go of everything."""
        self.closing = True
        if self.taker is not None:
            self.taker.abandon()
        if self.selected is not None:
            self.selected.view.close()
            self.selected = None
