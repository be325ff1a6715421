"""Reading a message's content without holding up the event loop, and what is refused for its header."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from gateway.inspect.inspector import inspect
from gateway.inspect.result import Inspection
from gateway.inspect.traits import PLAIN, Traits
from gateway.mail import codes
from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.mail.reply import Reply, reply
from gateway.mime.header import HeaderBlock
from gateway.relay.config import AcceptConfig

AT_ONCE = 256 * 1024
"""Octets that are looked at in the event loop; more goes to a thread."""

T = TypeVar("T")


async def offload(octets: OctetSource, work: Callable[[], T]) -> T:
    """Do `work` about these octets: here when they are few and in memory, else in a thread."""
    if isinstance(octets, MemoryOctets) and len(octets) <= AT_ONCE:
        return work()
    return await asyncio.to_thread(work)


async def examine(octets: OctetSource, absent: Traits = PLAIN) -> Inspection:
    """What the inspector says. `absent`: traits that are known not to be there."""
    return await offload(octets, lambda: inspect(octets, absent=absent))


def refusal_of_header(header: HeaderBlock, limits: AcceptConfig, own: int = 0) -> Reply | None:
    """Loops (RFC 5321 6.3), and headers that no mail program writes. `own`: trace fields that are ours."""
    hops = header.count("received") - own
    if hops > limits.received_hops:
        text = f"{hops} Received fields: the message goes in a circle; mend the forwarding that sends it back"
        return reply(554, codes.ROUTING_LOOP, text)
    fields = header.field_count()
    if fields > limits.header_count:
        return reply(554, codes.BAD_CONTENT, f"{fields} header fields; at most {limits.header_count} are taken")
    if header.size > limits.header_size:
        return reply(554, codes.BAD_CONTENT, f"the header has over {limits.header_size} octets; shorten it")
    return None
