"""When a message came, as its own header says: the topmost Received, else Date (RFC 5322 3.3, 3.6.7)."""

import re
from email.utils import mktime_tz, parsedate_tz
from typing import Final

from gateway.mail.units import Timestamp

_RECEIVED: Final = re.compile(rb"^Received:(?:[^\n]*\n[ \t])*[^\n]*", re.IGNORECASE | re.MULTILINE)
_DATE: Final = re.compile(rb"^Date:((?:[^\n]*\n[ \t])*[^\n]*)", re.IGNORECASE | re.MULTILINE)
_MAX: Final = 200
"""Octets of a date."""


def date_in(header: bytes) -> Timestamp | None:
    """From a header, with line ends of any kind; None where neither field can be read."""
    if (received := _RECEIVED.search(header)) and (found := _read(received[0].rpartition(b";")[2])) is not None:
        return found
    date = _DATE.search(header)
    return _read(date[1]) if date else None


def _read(text: bytes) -> Timestamp | None:
    parsed = parsedate_tz(" ".join(text[:_MAX].decode("latin-1").split()))
    if parsed is None:
        return None
    try:
        return Timestamp(float(mktime_tz(parsed)))
    except (ValueError, OverflowError):
        return None
