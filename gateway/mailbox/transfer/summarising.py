"""Summaries of imported messages, worked out by processes of their own beside the reading and storing.

They have to be there when a message is stored: its conversation is found then, and never changes. Each process speaks
over its standard input and output, in frames of 8 octets of length and a marshalled value, and ends when its input
does: none outlives the command, however that ends.
"""

import asyncio
import marshal
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields
from operator import attrgetter
from types import TracebackType
from typing import Final, Self

from typing_extensions import override

from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.mail.units import Timestamp
from gateway.mailbox.transfer.importing import Summariser
from gateway.summary.model import Links, Odd, SortKeys, Summary
from gateway.summary.work import summarize

LENGTH: Final = 8
_WORTHWHILE: Final = 4 * 1024 * 1024
"""Octets of an import from which on processes are started."""
_SHARE: Final = 64
"""Messages for a process at a time."""
_KEYS: Final = attrgetter(*(each.name for each in fields(SortKeys)))
_LINKS: Final = attrgetter(*(each.name for each in fields(Links)))
_MODULE: Final = "gateway.mailbox.transfer.summarising_process"

Packed = tuple[bytes, bytes, str, float | None, bool, int, int, tuple[bytes, ...], tuple[int, tuple[int, ...], bool]]


class Summarisers(Summariser):
    """For an import of so many octets. As a context manager they run from entry to exit."""

    def __init__(self, octets: int, processes: int | None = None) -> None:
        found = len(os.sched_getaffinity(0)) if processes is None else processes
        self._wanted = found if octets >= _WORTHWHILE else 0
        self._all: list[asyncio.subprocess.Process] = []
        self._idle: asyncio.Queue[asyncio.subprocess.Process] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        for _ in range(self._wanted):
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                _MODULE,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
            self._all.append(process)
            self._idle.put_nowait(process)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._all:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    @override
    async def summaries(self, messages: Sequence[OctetSource]) -> Sequence[Summary | None]:
        small = [one.data for one in messages if isinstance(one, MemoryOctets)]
        if not self._all or len(small) < len(messages):
            return await asyncio.to_thread(lambda: [summarize(one) for one in messages])
        shares = [small[start : start + _SHARE] for start in range(0, len(small), _SHARE)]
        found = await asyncio.gather(*map(self._share, shares))
        return [summary for share in found for summary in share]

    async def _share(self, messages: list[bytes]) -> Sequence[Summary]:
        process = await self._idle.get()
        try:
            return await self._ask(process, messages)
        except (OSError, RuntimeError, asyncio.IncompleteReadError):
            return await asyncio.to_thread(lambda: [summarize(MemoryOctets(one)) for one in messages])
        finally:
            self._idle.put_nowait(process)

    @staticmethod
    async def _ask(process: asyncio.subprocess.Process, messages: list[bytes]) -> Sequence[Summary]:
        if process.stdin is None or process.stdout is None:
            raise OSError("a process without pipes")
        frame = marshal.dumps(messages)
        process.stdin.write(len(frame).to_bytes(LENGTH, "little") + frame)
        await process.stdin.drain()
        length = int.from_bytes(await process.stdout.readexactly(LENGTH), "little")
        answer = await process.stdout.readexactly(length)
        return list(map(unpacked, marshal.loads(answer)))  # noqa: S302 (our own process wrote it)


def packed(summary: Summary) -> Packed:
    """Of plain values, which takes half the time that objects take on their way between processes."""
    return (
        *(summary.envelope, summary.structure, summary.preview, summary.sent, summary.attached, summary.zone),
        int(summary.odd),
        _KEYS(summary.keys),
        _LINKS(summary.links),
    )


def unpacked(values: Packed) -> Summary:
    """The opposite of `packed`."""
    envelope, structure, preview, sent, attached, zone, odd, keys, links = values
    moment = None if sent is None else Timestamp(sent)
    return Summary(envelope, structure, preview, moment, SortKeys(*keys), Links(*links), attached, zone, Odd(odd))
