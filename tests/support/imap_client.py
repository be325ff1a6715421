"""A small client of IMAP for tests: it sends what it is told to, and takes nothing from the server but whole, strictly
well-formed responses (`imap_response`)."""

import asyncio
import ssl
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.support.imap_grammar import BadResponse
from tests.support.imap_response import Response, read_response, whole

WITHIN: Final = 20.0
"""Seconds for a response."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A part of a command."""

    octets: bytes
    plus: bool = False
    """Without waiting for the server (RFC 7888)."""
    binary: bool = False
    """`~{…}`."""

    def announced(self) -> bytes:
        """`{5+}`, CRLF."""
        return b"%b{%d%b}\r\n" % (b"~" * self.binary, len(self.octets), b"+" * self.plus)


Part = str | bytes | Literal


class Unexpected(AssertionError):
    """A command did not end as the test wanted."""


@dataclass(frozen=True, slots=True)
class Answer:
    """To one command."""

    untagged: tuple[Response, ...]
    """All that came before the tagged response since the last command."""
    tagged: Response

    @property
    def status(self) -> str:
        """OK, NO or BAD."""
        return self.tagged.name

    @property
    def code(self) -> str:
        """The response code of the tagged response: `APPENDUID 1 2`; empty: none."""
        return self.tagged.code

    def named(self, name: str) -> list[Response]:
        """The untagged responses of this name, in order."""
        return [each for each in self.untagged if each.name == name]


class Channel:
    """A connection's octets, which may become compressed (RFC 4978), and the responses in them."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.utf8 = False
        """Octets over 127 may stand outside of literals."""
        self._reader = reader
        self._kept = b""
        self._inflate: Callable[[bytes], bytes] | None = None
        self._deflate: Callable[[bytes], bytes] | None = None

    def compress(self) -> None:
        """From now on, both ways."""
        self._inflate = zlib.decompressobj(-15).decompress
        packer = zlib.compressobj(wbits=-15)
        self._deflate = lambda octets: packer.compress(octets) + packer.flush(zlib.Z_SYNC_FLUSH)

    def write(self, octets: bytes) -> None:
        """To the server."""
        self.writer.write(self._deflate(octets) if self._deflate else octets)

    async def response(self) -> Response:
        """The next one. Raises ConnectionResetError where the server has closed, BadResponse."""
        while not (length := whole(self._kept)):
            if not await self.more():
                raise ConnectionResetError(f"closed behind {self._kept!r}")
        octets, self._kept = self._kept[:length], self._kept[length:]
        response = read_response(octets, utf8=self.utf8)
        _check_coded(response)
        if response.name == "ENABLED":
            self.utf8 = self.utf8 or not {b"IMAP4REV2", b"UTF8=ACCEPT"}.isdisjoint(response.rest.upper().split())
        return response

    async def more(self) -> bool:
        """Wait for octets; False: the server has closed."""
        octets = await self._reader.read(1 << 16)
        self._kept += self._inflate(octets) if self._inflate else octets
        return bool(octets)


def _check_coded(response: Response) -> None:
    """NO and BAD say why to programs as well (RFC 5530), but where the client itself wanted no more."""
    if response.name in ("NO", "BAD") and not response.code and b"cancel" not in response.rest:
        raise BadResponse(f"without a response code: {response.octets!r}")


class ImapClient:
    """One session."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.greeting: Response | None = None
        self._number = 0

    @classmethod
    async def connect(cls, port: int, tls: ssl.SSLContext | None = None) -> "ImapClient":
        """Greeted."""
        client = cls(Channel(*await asyncio.open_connection("127.0.0.1", port, ssl=tls)))
        client.greeting = await client.response()
        return client

    async def response(self, within: float = WITHIN) -> Response:
        """The next one. Raises ConnectionResetError where the server has closed, BadResponse."""
        return await asyncio.wait_for(self.channel.response(), within)

    async def send(self, *parts: Part) -> str:
        """A command, with a tag of its own, which is returned; literals wait where they have to.

        Raises Unexpected where the server does not want one; its answer is read then.
        """
        self._number += 1
        tag = f"t{self._number}"
        octets = f"{tag} ".encode()
        for part in parts:
            if isinstance(part, Literal):
                self.channel.write(octets + part.announced())
                if not part.plus and (answer := await self.response()).name != "+":
                    raise Unexpected(answer.octets.decode("latin-1"))
                octets = part.octets
            else:
                octets += part.encode() if isinstance(part, str) else part
        self.channel.write(octets + b"\r\n")
        await self.channel.writer.drain()
        return tag

    async def answer(self, tag: str) -> Answer:
        """Up to the tagged response, which has to be this one."""
        untagged: list[Response] = []
        while (response := await self.response()).tag == "*":
            untagged.append(response)
        if response.tag != tag:
            raise Unexpected(f"{response.octets!r} instead of {tag}")
        return Answer(tuple(untagged), response)

    async def command(self, *parts: Part) -> Answer:
        """Send and wait."""
        return await self.answer(await self.send(*parts))

    async def ok(self, *parts: Part) -> Answer:
        """It has to end in OK. Raises Unexpected."""
        return await self._demand("OK", *parts)

    async def no(self, *parts: Part) -> Answer:
        """It has to end in NO. Raises Unexpected."""
        return await self._demand("NO", *parts)

    async def bad(self, *parts: Part) -> Answer:
        """It has to end in BAD. Raises Unexpected."""
        return await self._demand("BAD", *parts)

    async def close(self) -> None:
        """Without LOGOUT."""
        self.channel.writer.close()
        try:
            await self.channel.writer.wait_closed()
        except ConnectionError:
            return

    async def _demand(self, status: str, *parts: Part) -> Answer:
        answer = await self.command(*parts)
        if answer.status != status:
            raise Unexpected(f"{parts[0]!r}: {answer.tagged.octets.decode('latin-1')}")
        return answer
