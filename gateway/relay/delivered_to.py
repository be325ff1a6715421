"""Which mailboxes a message says that it has been in: Delivered-To (RFC 9228 3), which tells of a loop.

Anybody can write such a field. So mail that names the mailbox it goes to is refused while the client is still there,
wherever that can be seen: a report would go to whoever was named as its sender.
"""

from collections.abc import Collection, Sequence
from itertools import islice
from typing import Final

from gateway.mail import codes
from gateway.mail.address import Address, BadAddress, parse_address
from gateway.mail.octets import OctetSource
from gateway.mail.reply import Reply, reply
from gateway.mime.field_text import as_written
from gateway.mime.header import HeaderBlock, header_fields

NAME: Final = "delivered-to"
MOST: Final = 100
"""Fields that are looked at, the latest first: mail that passes so many mailboxes has too many Received fields, too."""
_LONGEST: Final = 1024


def delivered_to(octets: OctetSource, header: HeaderBlock) -> Collection[str]:
    """Keys of the addresses that it was delivered to before. Raises OSError."""
    if NAME.encode() not in header.lowered:
        return ()
    spans = (field.value for field in header_fields(octets) if field.name.lower() == NAME)
    found: set[str] = set()
    for start, stop in islice((span for span in spans if span.stop - span.start <= _LONGEST), MOST):
        try:
            found.add(parse_address(as_written(octets.read(start, stop)).strip()).key)
        except BadAddress:
            continue
    return found


def refusal_of_circle(octets: OctetSource, header: HeaderBlock, mailboxes: Sequence[Address]) -> Reply | None:
    """What is said where it has been in all of these before. Raises OSError."""
    if not mailboxes:
        return None
    before = delivered_to(octets, header)
    if before and all(each.key in before for each in mailboxes):
        return reply(554, codes.ROUTING_LOOP, "the message was delivered here before: it goes in a circle")
    return None
