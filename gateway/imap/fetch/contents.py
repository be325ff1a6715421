"""Octets of messages in responses: small ones as values, large ones read and sent piece by piece."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

from gateway.imap.fetch.shown import Shown
from gateway.imap.output import Output, Unfinished
from gateway.imap.wire import strings
from gateway.imap.wire.fetch import DecodedSize, Octets
from gateway.mail.octets import WINDOW, MemoryOctets
from gateway.mailbox.bench import at_bench

T = TypeVar("T")

AT_ONCE: Final = 4 * 1024
"""Octets of a message that is looked into on the event loop."""
WHOLE: Final = 256 * 1024
"""Octets that are held in memory for one message."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A value that is not held in memory. `head`: how its literal begins."""

    head: bytes
    size: int
    chunks: Iterator[bytes]


Content = bytes | Stream


async def content(shown: Shown, item: Octets | DecodedSize, room: int) -> Content:
    """With its name; a stream where it has more than `room` octets. Raises UnknownEncoding, OSError."""
    if isinstance(item, DecodedSize):
        return b"BINARY.SIZE%b %d" % (item.section.wire(), await _work(shown, lambda: _decoded_size(shown, item)))
    if _is_quick(shown, item):
        found = _as_it_is(shown, item, room)
    else:
        read = _decoded if item.decoded else _as_it_is
        found = await _work(shown, lambda: read(shown, item, room))
    if isinstance(found, Stream):
        return Stream(item.name + b" " + found.head, found.size, found.chunks)
    return item.name + b" " + found


async def send(output: Output, stream: Stream) -> None:
    """Raises ConnectionError; Unfinished where the octets end too soon."""
    output.write(stream.head)
    left = stream.size
    while left:
        try:
            chunk = await asyncio.to_thread(next, stream.chunks, b"")
        except OSError as error:
            raise Unfinished(f"a message cannot be read: {error}") from error
        if not chunk:
            raise Unfinished("a message became shorter while it was read")
        output.write(chunk)
        left -= len(chunk)
        await output.breathe()


async def _work(shown: Shown, work: Callable[[], T]) -> T:
    if isinstance(shown.source, MemoryOctets) and len(shown.source) <= AT_ONCE:
        return work()
    return await at_bench(shown.account, work)


def _is_quick(shown: Shown, item: Octets) -> bool:
    """It is cut out of what is in memory, without looking into the message."""
    whole = not item.decoded and not item.section.part and not item.section.fields
    return whole and isinstance(shown.source, MemoryOctets)


def _as_it_is(shown: Shown, item: Octets, room: int) -> Content:
    extract = shown.section(item.section)
    if extract is None:
        return strings.NIL
    if item.window is not None:
        extract = extract.within(item.window)
    size = len(extract)
    if size > room:
        return Stream(b"{%d}\r\n" % size, size, extract.chunks())
    return strings.literal(bytes(extract))


def _decoded(shown: Shown, item: Octets, room: int) -> Content:
    decoded = shown.decoded(item.section.part, item.window)
    if decoded is None:
        return strings.NIL
    if decoded.span.stop - decoded.span.start <= room:
        octets = b"".join(decoded.chunks())
        return strings.literal8(octets) if b"\0" in octets else strings.literal(octets)
    size, nul = decoded.measure()
    head = b"~{%d}\r\n" if nul else b"{%d}\r\n"
    return Stream(head % size, size, _filled(decoded.chunks()))


def _decoded_size(shown: Shown, item: DecodedSize) -> int:
    decoded = shown.decoded(item.section.part, None)
    return decoded.measure()[0] if decoded is not None else 0


def _filled(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """In pieces that are worth a turn; none is empty."""
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        if size >= WINDOW:
            yield b"".join(held)
            held, size = [], 0
    if size:
        yield b"".join(held)
