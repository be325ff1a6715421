"""CHUNKING (RFC 3030 2): BDAT.

ABNF::

    bdat-cmd   = "BDAT" SP chunk-size [ SP "LAST" ]
    chunk-size = 1*DIGIT
"""

import re
from dataclasses import dataclass

from gateway.smtp.errors import ProtocolError, bad_parameter
from gateway.smtp.extensions.base import ServiceExtension, always

_ARGUMENT = re.compile(r"([0-9]{1,18})( +LAST)? *", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Chunk:
    """The argument of BDAT: how many octets follow, and whether they are the last."""

    size: int
    last: bool


def read_chunk(argument: str) -> Chunk:
    """Raises ProtocolError (501): then nobody knows where the next command begins."""
    found = _ARGUMENT.fullmatch(argument)
    if found is None:
        raise _malformed()
    return Chunk(int(found[1]), found[2] is not None)


def write_chunk(chunk: Chunk) -> bytes:
    """The whole command."""
    return b"BDAT %d%s\r\n" % (chunk.size, b" LAST" if chunk.last else b"")


def _malformed() -> ProtocolError:
    return bad_parameter("BDAT takes a number of octets, and LAST with the last chunk")


CHUNKING = ServiceExtension("CHUNKING", always("CHUNKING"))
