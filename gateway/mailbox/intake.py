"""What a message that comes into a mailbox is given on the way: its summary."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from gateway.auth.authenticator import AccountId
from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.mailbox.bench import at_bench
from gateway.summary.model import Summary
from gateway.summary.work import summarize

T = TypeVar("T")

AT_ONCE: Final = 4 * 1024
"""Octets that are worked on in the event loop; more goes to a thread. The worst that fits in takes 17 ms."""


async def prepared(octets: OctetSource, account: AccountId | None = None) -> Summary:
    """The summary of a message. `account`: whose client asks. Raises OSError where the octets cannot be read."""
    return await worked_out(lambda: summarize(octets), octets, account)


async def worked_out(work: Callable[[], T], octets: OctetSource, account: AccountId | None = None) -> T:
    """Something that takes as long as a message is large. `account`: whose client asks. Raises what it raises."""
    if isinstance(octets, MemoryOctets) and len(octets) <= AT_ONCE:
        return work()
    return await (asyncio.to_thread(work) if account is None else at_bench(account, work))
