"""A connection: the transport under a dialogue."""

import asyncio
from typing import Final, cast

from typing_extensions import override

from gateway.imap.capabilities import capabilities
from gateway.imap.dialogue import Dialogue
from gateway.imap.output import Output
from gateway.imap.service import Service
from gateway.imap.session import Client, Session
from gateway.imap.wire.framing import Framer
from gateway.listen.eager import Suspended, start

_MOST_BUFFERED: Final = 256 * 1024


class Connection(asyncio.Protocol):
    """From accept to close."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._framer = Framer(service.config.command_line)
        self._wire: asyncio.Transport | None = None
        self._dialogue: Dialogue | None = None
        self._task: asyncio.Task[None] | None = None
        self._more: asyncio.Future[None] | None = None
        self._clear: asyncio.Future[None] | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._wire = cast("asyncio.Transport", transport)
        output = Output(self._wire.write, lambda: self._clear, asyncio.get_running_loop().time)
        client = Client(str(transport.get_extra_info("peername")[0]))
        session = Session(self._service, client, output, self._line)
        self._dialogue = Dialogue(session, self._framer)
        output.untagged(b"OK [CAPABILITY %b] ready" % capabilities(session))
        output.flush()

    @override
    def data_received(self, data: bytes) -> None:
        self._framer.feed(data)
        if self._more is not None:
            self._more.set_result(None)
            self._more = None
        if self._task is None and self._dialogue is not None:
            work = start(self._dialogue.proceed())
            if isinstance(work, Suspended):
                self._task = asyncio.get_running_loop().create_task(self._go_on(work))
            elif self._dialogue.session.closing:
                self._close()
        elif self._framer.buffered > _MOST_BUFFERED and self._wire is not None:
            self._wire.pause_reading()

    async def _go_on(self, work: "Suspended[None]") -> None:
        try:
            await work
            while self._dialogue is not None and not self._framer.between_commands:
                before = self._framer.buffered
                await self._dialogue.proceed()
                if self._framer.buffered == before:
                    break
        except ConnectionError:
            self._close()
        finally:
            self._task = None
        if self._dialogue is not None and self._dialogue.session.closing:
            self._close()
        elif self._wire is not None and not self._wire.is_closing():
            self._wire.resume_reading()

    async def _line(self) -> bytes:
        while (line := self._framer.line()) is None:
            self._more = asyncio.get_running_loop().create_future()
            await self._more
        return line

    @override
    def pause_writing(self) -> None:
        self._clear = asyncio.get_running_loop().create_future()

    @override
    def resume_writing(self) -> None:
        if self._clear is not None:
            self._clear.set_result(None)
            self._clear = None

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        for waiting in (self._more, self._clear):
            if waiting is not None and not waiting.done():
                waiting.set_exception(ConnectionResetError("the client is gone"))
        self._more = self._clear = None
        if self._dialogue is not None:
            self._dialogue.session.end()
        self._wire = None

    def _close(self) -> None:
        if self._dialogue is not None:
            self._dialogue.session.end()
        if self._wire is not None:
            self._wire.close()
