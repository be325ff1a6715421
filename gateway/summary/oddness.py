"""Whether a message can be shown to everybody as it is."""

from gateway.mail.octets import OctetSource
from gateway.mime.structure import Part
from gateway.summary.model import NOT_ODD, Odd


def oddness(octets: OctetSource, root: Part) -> Odd:
    """Of a message that was opened. One look at all octets, which is quick, and one at all headers."""
    nul = octets.find(b"\0", 0, len(octets)) >= 0
    return (Odd.NUL if nul else NOT_ODD) | (Odd.HEADER if _foreign(octets, root) else NOT_ODD)


def _foreign(octets: OctetSource, root: Part) -> bool:
    parts = [root]
    while parts:
        part = parts.pop()
        if part.content_type.full == "message/global" or not octets.isascii(part.header.start, part.header.stop):
            return True
        parts.extend(part.children)
    return False
