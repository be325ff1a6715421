"""Line ends and quoted `From ` lines, both ways, in pieces of a bounded size.

In: LF becomes CRLF, unless the message has a CRLF: then it stays as it is. A lone CR stays. Out: CRLF becomes LF where
that can be undone.
"""

import re
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Final

_QUOTED: Final = re.compile(rb"^>(>*From )", re.MULTILINE)
_ONCE: Final = re.compile(rb"^>(From )", re.MULTILINE)
_TO_QUOTE: Final = re.compile(rb"^(>*From )", re.MULTILINE)
_ALIGNED: Final = 1024 * 1024


class Quoting(Enum):
    """How lines of a message that begin with `From ` stand in an mbox."""

    NONE = "none"
    """As they are (mboxcl2, or a program that never quotes)."""
    ONCE = "mboxo"
    """`>From ` stands for `From `."""
    REVERSIBLE = "mboxrd"
    """One `>` more than in the message."""


def to_crlf(data: bytes) -> bytes:
    """As messages have it."""
    return data if b"\r\n" in data else data.replace(b"\n", b"\r\n")


def to_lf(data: bytes) -> bytes | None:
    """As Unix files have it; None where `to_crlf` would not give the same octets again."""
    plain = data.replace(b"\r\n", b"\n")
    return plain if len(data) - len(plain) == plain.count(b"\n") and b"\r\n" not in plain else None


def unquote(data: bytes, quoting: Quoting) -> bytes:
    """Take the `>` from quoted lines. `data` begins at the beginning of a line."""
    if quoting is Quoting.NONE or b">From " not in data:
        return data
    return (_QUOTED if quoting is Quoting.REVERSIBLE else _ONCE).sub(rb"\1", data)


def quote(data: bytes) -> bytes:
    """The opposite, reversible."""
    return _TO_QUOTE.sub(rb">\1", data) if b"From " in data else data


def aligned(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same octets in pieces that end with a line, but for lines of more than a MiB."""
    rest = b""
    for chunk in chunks:
        rest += chunk
        end = rest.rfind(b"\n") + 1
        if not end and len(rest) >= _ALIGNED:
            end = len(rest) - rest.endswith(b"\r")
        if end:
            yield rest[:end]
            rest = rest[end:]
    if rest:
        yield rest
