"""A man in the middle of an SMTP session: hides STARTTLS, or slips replies in before TLS begins."""

import asyncio
from types import TracebackType
from typing import Self


class StrippingProxy:
    """Listens on `port` of loopback while it is entered, and speaks to `target`.

    While `strips`, STARTTLS is neither shown nor passed on, and `heard` has what clients said. `after_starttls`: it is
    shown and passed on instead, and these octets follow the 220 in the same segment.
    """

    def __init__(self, target: int, *, after_starttls: bytes = b"") -> None:
        self.port = 0
        self.heard: list[bytes] = []
        self.strips = not after_starttls
        self.after_starttls = after_starttls
        self._target = target
        self._server: asyncio.Server | None = None
        self._sessions: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._session, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        session = _Session(self, writer, far_writer)
        await asyncio.gather(session.up(reader), session.down(far_reader))


class _Session:
    """One client."""

    def __init__(self, proxy: StrippingProxy, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._near, self._far = near, far
        self._strips = proxy.strips
        self._starting = False
        self._encrypted = False

    async def up(self, reader: asyncio.StreamReader) -> None:
        """From the client."""
        try:
            while data := await self._more(reader):
                if self._encrypted:
                    self._far.write(data)
                else:
                    self._said(data)
        except ConnectionError:
            pass
        finally:
            self._far.close()

    async def down(self, reader: asyncio.StreamReader) -> None:
        """From the server."""
        try:
            while data := await self._more(reader):
                self._near.write(data if self._encrypted else self._replied(data))
        except ConnectionError:
            pass
        finally:
            self._near.close()

    async def _more(self, reader: asyncio.StreamReader) -> bytes:
        return await (reader.read(65_536) if self._encrypted else _line(reader))

    def _said(self, line: bytes) -> None:
        if self._strips:
            self._proxy.heard.append(line)
        self._starting = line.strip().upper() == b"STARTTLS"
        if self._starting and self._strips:
            self._near.write(b"502 5.5.1 not known\r\n")
        else:
            self._far.write(line)

    def _replied(self, line: bytes) -> bytes:
        if self._starting and line.startswith(b"220"):
            self._encrypted = True
            return line + self._proxy.after_starttls
        if self._strips and line[4:].strip().upper() == b"STARTTLS":
            return line[:4] + b"X-NOTHING\r\n"
        return line


async def _line(reader: asyncio.StreamReader) -> bytes:
    """A line; or what is there, where TLS began while it was waited for."""
    line = bytearray()
    while not line.endswith(b"\n"):
        octet = await reader.read(1)
        if not octet:
            break
        line += octet
        if line[0] == 0x16:
            break
    return bytes(line)
