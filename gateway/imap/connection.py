"""A connection: the transport under a dialogue.

Commands are carried out in the very call that brings their octets, and a task is made only where something must be
awaited: a client that says nothing, or is in IDLE, holds none, and no timer.
"""

import asyncio
import logging
import time
from typing import Final

from typing_extensions import override

from gateway.imap.commands import OFFERED
from gateway.imap.compression import BadDeflate, Compression
from gateway.imap.dialogue import Dialogue
from gateway.imap.output import Output, Unfinished
from gateway.imap.patience import Patience
from gateway.imap.record import Record
from gateway.imap.service import Service
from gateway.imap.session import Client, Next, Session
from gateway.imap.wire.framing import Framer
from gateway.listen import connection
from gateway.listen.connection import Registry
from gateway.listen.eager import Suspended, start
from gateway.listen.handshake import Secured

_MOST_BUFFERED: Final = 256 * 1024
"""Octets kept while something is awaited; then the client has to wait as well."""
_ANONYMOUS: Final = 40 * 1024
"""Octets of a command before the log-in: the longest is ID with its thirty fields (RFC 2971 3.3)."""
_LAST_COMMAND: Final = 5.0
"""Seconds for a command to end whose session is no longer good."""
_FULL: Final = b"* BYE [UNAVAILABLE] too many connections%b: try again later\r\n"

log = logging.getLogger(__name__)


class Connection(connection.Connection):
    """From accept to close."""

    __slots__ = (
        "_clear",
        "_compression",
        "_dialogue",
        "_more",
        "_patience",
        "_record",
        "_service",
    )

    def __init__(self, service: Service, registry: Registry) -> None:
        super().__init__(service, registry)
        self._service = service
        self._patience = Patience(service.config, service.room)
        self._dialogue: Dialogue | None = None
        self._compression: Compression | None = None
        self._more: asyncio.Future[None] | None = None
        """What a command waits for that needs one more line."""
        self._clear: asyncio.Future[None] | None = None
        """What waits for a client that reads slowly."""
        self._record = Record(service.observer, time.monotonic())

    # What is below says

    @override
    def _begin(self, found: Secured | None, *, greet: bool) -> None:
        session = self._anew(Client(self._ip, found), Framer(_ANONYMOUS))
        if greet:
            capabilities, name = session.offer.capabilities(session), self._service.hostname.encode()
            session.output.untagged(b"OK [CAPABILITY %b] %b ready" % (capabilities, name))
            session.output.flush()

    @override
    def _received(self, data: bytes) -> None:
        self._record.octets_in += len(data)
        try:
            self._feed(self._compression.inflated(data) if self._compression is not None else data)
        except BadDeflate as error:
            log.info("%s: %s", self._ip, error)
            self.abort()

    @override
    def _forget(self) -> None:
        """A command that is under way goes on to its end, as far as it needs no client."""
        dialogue = self._dialogue
        if dialogue is None:
            return
        dialogue.session.closing = dialogue.session.output.gone = True
        self._fail(ConnectionResetError("the client is gone"))
        if self._securing:
            self._leave(dialogue)
            self._dialogue = None
        elif self._task is None:
            self._over(dialogue)

    @override
    def _refusal(self, why: str) -> bytes:
        return _FULL % (b"" if why == "connections" else b" from your address")

    @property
    @override
    def _owing(self) -> bool:
        return self._task is not None

    @override
    def eof_received(self) -> bool:
        self._half_closed = True
        self._fail(ConnectionAbortedError("the client says no more"))
        return super().eof_received()

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self._clear = asyncio.get_running_loop().create_future()

    @override
    def resume_writing(self) -> None:
        clear, self._clear = self._clear, None
        if clear is not None and not clear.done():
            clear.set_result(None)
        super().resume_writing()

    # What is above says

    @override
    def stop(self) -> None:
        """Finish the command that is under way, or arriving with a message; then say BYE and close."""
        self._stopping = True
        if self._dialogue is None or not self._talking:
            self.abort()
        else:
            self._bid_farewell(self._dialogue, b"* BYE [UNAVAILABLE] shutting down: try again in a moment\r\n", "stop")

    def end(self, why: str) -> None:
        """For a session whose log-in is no longer good: a message that is arriving is not taken. Safe to call twice."""
        if self._dialogue is None or not self._talking or not self._writable:
            self.abort()
            return
        text = " ".join(why.split()).encode("ascii", "replace") or b"this session was ended"
        if self._task is None or self._more is not None:
            self._dialogue.let_go()
        self._bid_farewell(self._dialogue, b"* BYE %b\r\n" % text, why)
        asyncio.get_running_loop().call_later(_LAST_COMMAND, self.abort)

    @override
    def look(self, now: float) -> None:
        dialogue, wire = self._dialogue, self._wire
        if wire is None:
            return
        self._record.tell()
        busy = self._task is not None and self._more is None and self._writable
        slow = self._patience.exhausted(dialogue if self._talking else None, now, busy=busy, reads=self._writable)
        if slow is not None:
            self._too_slow(slow)
        elif dialogue is not None and self._talking and not busy:
            if self._compression is not None:
                self._compression.rest()
            if self._patience.silent(dialogue, now):
                dialogue.session.output.untagged(b"OK still here")
                dialogue.session.output.flush()

    def _too_slow(self, waited_for: str) -> None:
        dialogue, wire = self._dialogue, self._wire
        if wire is not None and not wire.is_closing():
            self._service.observer.timed_out(waited_for)
        self._record.why = f"too slow: {waited_for}"
        if dialogue is None or not self._talking or not self._writable or (wire is not None and wire.is_closing()):
            self.abort()
        else:
            dialogue.let_go()
            self._bid_farewell(dialogue, b"* BYE autologout: you were silent for too long\r\n", self._record.why)

    def _bid_farewell(self, dialogue: Dialogue, farewell: bytes, why: str) -> None:
        self._record.why = why
        dialogue.session.farewell = dialogue.session.farewell or farewell
        self._fail(ConnectionAbortedError(why))
        self._go_on()

    # The dialogue

    def _anew(self, client: Client, framer: Framer) -> Session:
        """A session that has nothing of the one before."""
        framer.limit = min(_ANONYMOUS, self._service.config.command_line)
        output = Output(self._send, lambda: self._clear, time.monotonic)
        session = Session(self._service, OFFERED, client, output, self._line)
        session.end_connection = self.end
        session.wake = self._wake
        self._dialogue = Dialogue(session, framer)
        return session

    def _feed(self, data: bytes) -> None:
        dialogue = self._dialogue
        if dialogue is None or dialogue.session.closing:
            return
        dialogue.framer.feed(data)
        if self._more is not None:
            if not self._more.done():
                self._more.set_result(None)
        elif self._task is None and self._writable and self._registry.turns.spare(self._go_on):
            self._proceed(dialogue)
        if dialogue.framer.buffered > _MOST_BUFFERED or (self._compression is not None and self._compression.waiting):
            self._pause()

    @override
    def _go_on(self) -> None:
        dialogue = self._dialogue
        if dialogue is not None and self._talking and self._task is None and self._writable:
            self._proceed(dialogue)

    def _wake(self) -> None:
        dialogue = self._dialogue
        if dialogue is None or not dialogue.woken() or self._task is not None:
            return
        self._registry.turns.news(self._go_on)

    def _proceed(self, dialogue: Dialogue) -> None:
        work = start(self._carry_on(dialogue))
        if isinstance(work, Suspended):
            self._run(self._finish(dialogue, work))
        else:
            self._after(dialogue)

    async def _finish(self, dialogue: Dialogue, work: "Suspended[None]") -> None:
        try:
            await work
        finally:
            self._task = None
        self._after(dialogue)

    async def _carry_on(self, dialogue: Dialogue) -> None:
        """Whatever goes wrong in it ends this connection alone."""
        try:
            await dialogue.proceed()
        except Unfinished as error:
            log.warning("a connection is broken off: %s", error)
            self._record.why = str(error)
            dialogue.session.closing = True
        except ConnectionError:
            return
        except Exception:
            log.exception("a session failed")
            self.abort()

    def _after(self, dialogue: Dialogue) -> None:
        """What comes when no command is under way."""
        session, wire = dialogue.session, self._wire
        if wire is None or not self._talking:
            self._over(dialogue)
            return
        if session.farewell and not session.closing and dialogue.resting:
            session.output.write(session.farewell)
            session.closing = True
        session.output.flush()
        if session.closing:
            self._close(dialogue, wire)
        elif session.next is not None:
            self._change(session.next, dialogue)
        elif self._compression is not None and self._compression.waiting:
            asyncio.get_running_loop().call_soon(self._inflate_more)
        elif self._half_closed:
            wire.close()
        else:
            self._resume()

    def _inflate_more(self) -> None:
        if self._talking and self._compression is not None and self._compression.waiting and self._task is None:
            self._received(b"")

    def _close(self, dialogue: Dialogue, wire: asyncio.Transport) -> None:
        if self._record.why == "gone":
            self._record.why = "logout"
        dialogue.session.end()
        wire.close()

    def _change(self, to: Next, dialogue: Dialogue) -> None:
        session = dialogue.session
        session.next = None
        if to is Next.TLS:
            self._start_tls()
            return
        client = session.client
        if to is Next.DEFLATE:
            self._compression = Compression()
            session.client = Client(client.ip, client.secured, compressed=True)
            left = dialogue.framer.rest()
        else:
            left = self._compression.left() if self._compression is not None else b""
            self._compression = None
            self._patience = Patience(self._service.config, self._service.room)
            self._leave(dialogue)
            self._anew(Client(client.ip, client.secured), dialogue.framer).program = session.program
        self._resume()
        if left:
            self._received(left)
        else:
            asyncio.get_running_loop().call_soon(self._go_on)

    def _leave(self, dialogue: Dialogue) -> None:
        dialogue.session.end()
        self._record.commands += dialogue.commands

    def _over(self, dialogue: Dialogue) -> None:
        """The last of it."""
        if self._dialogue is not dialogue:
            return
        self._dialogue = None
        self._leave(dialogue)
        self._record.end(dialogue.session, time.monotonic())

    # Its octets

    def _send(self, data: bytes) -> None:
        if self._wire is None or self._wire.is_closing():
            return
        if self._compression is not None:
            data = self._compression.deflated(data)
        self._record.octets_out += len(data)
        self._wire.write(data)

    async def _line(self) -> bytes:
        dialogue = self._dialogue
        if dialogue is None:
            raise ConnectionResetError("the client is gone")
        dialogue.session.output.flush()
        while (line := dialogue.framer.line()) is None:
            if dialogue.session.farewell or dialogue.session.output.gone or self._half_closed:
                raise ConnectionAbortedError("the session is over")
            self._resume()
            self._more = asyncio.get_running_loop().create_future()
            try:
                await self._more
            finally:
                self._more = None
        return line

    def _fail(self, error: ConnectionError) -> None:
        """Nothing is waited for any more: neither a line, nor, where the client is gone, for it to read."""
        for waiting in (self._more, self._clear if isinstance(error, ConnectionResetError) else None):
            if waiting is not None and not waiting.done():
                waiting.set_exception(error)
                waiting.exception()
