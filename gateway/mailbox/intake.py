"""What a message that comes into a mailbox is given on the way: its summary."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.summary.model import Summary
from gateway.summary.work import summarize

T = TypeVar("T")

AT_ONCE: Final = 4 * 1024
"""Octets that are worked on in the event loop; more goes to a thread. The worst that fits in takes 17 ms."""


async def prepared(octets: OctetSource) -> Summary:
    """The summary of a message. Raises OSError where the octets cannot be read."""
    return await worked_out(lambda: summarize(octets), octets)


async def worked_out(work: Callable[[], T], octets: OctetSource) -> T:
    """Something that takes as long as a message is large. Raises what it raises."""
    if isinstance(octets, MemoryOctets) and len(octets) <= AT_ONCE:
        return work()
    return await asyncio.to_thread(work)
