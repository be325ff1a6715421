"""What a message that comes into a mailbox is given on the way: its summary."""

import asyncio
from typing import Final

from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.summary.model import Summary
from gateway.summary.work import summarize

AT_ONCE: Final = 8 * 1024
"""Octets that are worked on in the event loop; more goes to a thread."""


async def prepared(octets: OctetSource) -> Summary:
    """The summary of a message. Raises OSError where the octets cannot be read."""
    if isinstance(octets, MemoryOctets) and len(octets) <= AT_ONCE:
        return summarize(octets)
    return await asyncio.to_thread(summarize, octets)
