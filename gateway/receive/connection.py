"""A connection: the transport under a dialogue.

aiosmtpd's `SMTP` is a stream reader with a task for each connection, which looks at every command several times and at
every line of a message once more: several times what a message may cost here. This subclass keeps its place in that
framework (one protocol object per connection, the PROXY reader) and replaces the reading: commands are answered in the
very call that brings their octets, a task is made only where something must be awaited, and an idle connection holds
no task, no timer and no buffer.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Final, Protocol, cast

from aiosmtpd.smtp import SMTP
from typing_extensions import override

from gateway.listen.config import ListenerTls
from gateway.listen.eager import Suspended, start
from gateway.listen.handshake import HandshakeFailed, Ours, Secured, secure, secured
from gateway.listen.peer import client_address
from gateway.listen.proxy import BadProxyHeader, header_length, proxied_client
from gateway.listen.turns import Turns
from gateway.mail.reply import Reply
from gateway.receive.dialogue import Dialogue
from gateway.receive.patience import Patience
from gateway.receive.replies import ALL_FULL, CLIENT_FULL, TOO_SLOW, ended
from gateway.receive.service import Service

_MOST_BUFFERED: Final = 256 * 1024
"""Octets kept while something is awaited; then the client has to wait as well."""

log = logging.getLogger(__name__)


class Registry(Protocol):
    """Who keeps the connections, to stop them all."""

    @property
    def turns(self) -> Turns:
        """For their handshakes."""
        ...

    def arrived(self, connection: "Connection") -> None:
        """It is open."""
        ...

    def gone(self, connection: "Connection") -> None:
        """It is closed. Called once."""
        ...


class Connection(SMTP):
    """From accept to close."""

    def __init__(self, service: Service, registry: Registry) -> None:
        self._service = service
        self._registry = registry
        self._patience = Patience(service.limits)
        self._wire: asyncio.Transport | None = None
        self._ip = ""
        self._admitted = False
        self._header_due = service.listener.proxy_protocol
        self._dialogue: Dialogue | None = None
        self._early = b""
        self._task: asyncio.Task[None] | None = None
        self._securing = False
        self._reading = True
        self._writable = True
        self._half_closed = False
        self._stopping = False

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._wire = cast("asyncio.Transport", transport)
        self._ip = client_address(transport.get_extra_info("peername"))
        self._registry.arrived(self)
        if not self._ip:
            # Reset before it was accepted: what it sent can still be read, but nobody can say who sent it.
            self._wire.abort()
        elif not self._header_due:
            self._admit()
        elif not self._service.accepts_proxy(self._ip):
            self._turn_away("proxy", None)

    @override
    def data_received(self, data: bytes) -> None:
        dialogue = self._dialogue
        if dialogue is None:
            if self._wire is None or self._wire.is_closing():
                return
            self._early += data
            if self._header_due:
                self._read_proxy_header()
            return
        if self._writable and self._registry.turns.spare(self._go_on):
            dialogue.feed(data)
            self._after(dialogue)
        else:
            dialogue.keep(data)
        if dialogue.buffered > _MOST_BUFFERED:
            self._pause()

    @override
    def eof_received(self) -> bool:
        """Whether to keep the way back open: a reply is still owed, and plain TCP can be half closed."""
        self._half_closed = True
        session = self._dialogue.session if self._dialogue is not None else None
        return session is not None and session.work is not None and session.tls is None

    @override
    def connection_lost(self, error: Exception | None) -> None:
        if self._wire is None:
            return
        self._wire = None
        if self._dialogue is not None:
            self._dialogue.abandon()
        if self._admitted:
            self._service.admission.leave(self._ip)
            self._service.observer.disconnected()
        self._registry.gone(self)

    @override
    def pause_writing(self) -> None:
        """The client does not read its replies: nothing more is done for it until it does."""
        self._writable = False
        self._pause()

    @override
    def resume_writing(self) -> None:
        self._writable = True
        self._go_on()

    def stop(self) -> None:
        """Take the message that is arriving, then say 421 and close."""
        self._stopping = True
        wire = self._wire
        if self._dialogue is None or (wire is not None and wire.is_closing() and not wire.get_write_buffer_size()):
            self.abort()
        else:
            self._dialogue.stop()
            self._after(self._dialogue)

    def end(self, why: str) -> None:
        """For a session whose log-in is no longer good: a message that is arriving is not taken. Safe to call twice."""
        if self._dialogue is None or not self._writable:
            self.abort()
        else:
            self._dialogue.cut(ended(why))
            self._after(self._dialogue)

    def abort(self) -> None:
        """Close at once."""
        if self._wire is not None:
            self._wire.abort()
        if self._securing and self._task is not None:
            self._task.cancel()
            self.connection_lost(None)

    def look(self, now: float) -> None:
        """End it if the client is too slow. Called now and then."""
        waited_for = self._patience.exhausted(self._dialogue.session if self._dialogue is not None else None, now)
        if waited_for is None or self._wire is None or self._wire.is_closing():
            return
        self._service.observer.timed_out(waited_for)
        if self._dialogue is None or not self._writable:
            self.abort()
        else:
            self._dialogue.session.reset()
            self._dialogue.session.say(TOO_SLOW)
            self._after(self._dialogue)

    def _admit(self) -> None:
        service = self._service
        obstacle = service.admission.admit(self._ip, service.limits)
        if obstacle is not None:
            self._turn_away(obstacle, ALL_FULL if obstacle == "connections" else CLIENT_FULL)
            return
        self._admitted = True
        service.observer.connected()
        if service.listener.tls is ListenerTls.IMPLICIT:
            self._start_tls()
        else:
            self._welcome(None)

    def _turn_away(self, why: str, reply: Reply | None) -> None:
        self._service.observer.turned_away(why)
        self._header_due = False
        if self._wire is not None:
            if reply is not None and self._service.listener.tls is not ListenerTls.IMPLICIT:
                self._wire.write(reply.wire())
            self._wire.close()

    def _welcome(self, found: Secured | None) -> None:
        if self._wire is not None:
            self._wire.write(self._service.greeting)
        self._converse(found)

    def _converse(self, found: Secured | None) -> None:
        self._dialogue = Dialogue(self._service, self._ip, found)
        self._dialogue.session.end = self.end
        early, self._early = self._early, b""
        if early:
            self.data_received(early)
        if self._stopping:
            self.stop()

    def _read_proxy_header(self) -> None:
        try:
            length = header_length(self._early)
            if length is None:
                return
            client = start(proxied_client(self._early[:length]))
        except BadProxyHeader as error:
            log.warning("PROXY header from %s refused: %s", self._ip, error)
            self._turn_away("proxy", None)
            return
        self._header_due = False
        self._early = self._early[length:]
        if client is not None and not isinstance(client, Suspended):
            self._ip = client_address((client,))
        self._admit()

    def _after(self, dialogue: Dialogue) -> None:
        """Send what there is to say, and do what there is to do."""
        session, wire = dialogue.session, self._wire
        if wire is None:
            return
        if session.out:
            wire.write(session.out[0] if len(session.out) == 1 else b"".join(session.out))
            session.out.clear()
        if session.work is not None:
            if self._task is None:
                self._run(self._work(dialogue, session.work))
        elif session.closing:
            wire.close()
        elif session.wants_tls:
            self._start_tls()
        else:
            self._await_more(dialogue, wire)

    def _await_more(self, dialogue: Dialogue, wire: asyncio.Transport) -> None:
        if dialogue.held_up:
            asyncio.get_running_loop().call_soon(self._go_on)
        elif self._half_closed:
            wire.close()
        elif not self._reading:
            self._resume()

    def _go_on(self) -> None:
        dialogue = self._dialogue
        if dialogue is not None and dialogue.session.work is None and self._writable:
            dialogue.proceed()
            self._after(dialogue)

    async def _work(self, dialogue: Dialogue, work: Coroutine[object, object, None]) -> None:
        try:
            await work
        except Exception:
            log.exception("a session failed")
            self.abort()
            return
        finally:
            self._task = None
            dialogue.session.work = None
        if self._wire is None:
            dialogue.abandon()
        else:
            self._go_on()

    def _start_tls(self) -> None:
        if self._securing:
            return
        self._securing = True
        if self._dialogue is not None:
            self._dialogue.abandon()
            self._dialogue = None
        self._pause()
        self._registry.turns.soon(self._begin_tls)

    def _begin_tls(self) -> None:
        if self._wire is not None and not self._wire.is_closing():
            self._run(self._secure())

    async def _secure(self) -> None:
        """What was pipelined behind STARTTLS is gone with its dialogue (RFC 3207 5, and CVE-2011-0411)."""
        service, wire = self._service, self._wire
        if service.tls is None or wire is None:
            self.abort()
            return
        greet = service.listener.tls is ListenerTls.IMPLICIT
        try:
            ours = Ours(service.tls, service.limits.handshake, self._registry.turns)
            self._wire = await secure(wire, self, ours, self._handshake_so_far)
        except HandshakeFailed as error:
            service.observer.tls_failed(str(error))
            wire.abort()
            self.connection_lost(error)
            return
        finally:
            self._task = None
            self._securing = False
        self._reading = True
        found = secured(self._wire, service.end_point)
        service.observer.tls_started(found.tls)
        if greet:
            self._welcome(found)
        else:
            self._converse(found)

    def _handshake_so_far(self) -> bytes:
        """Behind STARTTLS it can only be plaintext that somebody wants to be taken for what TLS protects."""
        early, self._early = self._early, b""
        return early if self._service.listener.tls is ListenerTls.IMPLICIT else b""

    def _run(self, work: Coroutine[object, object, None]) -> None:
        self._task = asyncio.get_running_loop().create_task(work)

    def _pause(self) -> None:
        if self._reading and self._wire is not None and not self._wire.is_closing():
            self._reading = False
            self._wire.pause_reading()

    def _resume(self) -> None:
        if self._wire is not None and self._writable and not self._wire.is_closing():
            self._reading = True
            self._wire.resume_reading()
