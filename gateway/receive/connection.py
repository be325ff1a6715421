"""A connection: the transport under a dialogue.

aiosmtpd's `SMTP` is a stream reader with a task for each connection, which looks at every command several times and at
every line of a message once more: several times what a message may cost here. This subclass keeps its place in that
framework (one protocol object per connection, the PROXY reader) and replaces the reading: commands are answered in the
very call that brings their octets, and a task is made only where something must be awaited.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Final

from aiosmtpd.smtp import SMTP
from typing_extensions import override

from gateway.listen.connection import Connection as Listened
from gateway.listen.connection import Registry
from gateway.listen.handshake import Secured
from gateway.receive.dialogue import Dialogue
from gateway.receive.patience import Patience
from gateway.receive.replies import ALL_FULL, CLIENT_FULL, TOO_SLOW, ended
from gateway.receive.service import Service

_MOST_BUFFERED: Final = 256 * 1024
"""Octets kept while something is awaited; then the client has to wait as well."""

log = logging.getLogger(__name__)


class Connection(Listened, SMTP):
    """From accept to close."""

    def __init__(self, service: Service, registry: Registry) -> None:
        Listened.__init__(self, service, registry)
        self._service = service
        self._patience = Patience(service.limits)
        self._dialogue: Dialogue | None = None

    @override
    def _begin(self, found: Secured | None, *, greet: bool) -> None:
        if greet and self._wire is not None:
            self._wire.write(self._service.greeting)
        self._dialogue = Dialogue(self._service, self._ip, found)
        self._dialogue.session.end = self.end

    @override
    def _received(self, data: bytes) -> None:
        dialogue = self._dialogue
        if dialogue is None:
            return
        if self._writable and self._registry.turns.spare(self._go_on):
            dialogue.feed(data)
            self._after(dialogue)
        else:
            dialogue.keep(data)
        if dialogue.buffered > _MOST_BUFFERED:
            self._pause()

    @override
    def _forget(self) -> None:
        if self._dialogue is not None:
            self._dialogue.abandon()
        if self._securing:
            self._dialogue = None

    @override
    def _refusal(self, why: str) -> bytes:
        return (ALL_FULL if why == "connections" else CLIENT_FULL).wire()

    @property
    @override
    def _owing(self) -> bool:
        return self._dialogue is not None and self._dialogue.session.work is not None

    @override
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

    @override
    def look(self, now: float) -> None:
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
        else:
            self._resume()

    @override
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
