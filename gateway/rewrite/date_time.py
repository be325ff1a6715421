"""`date-time` of RFC 5322 3.3, in English whatever the locale, with an offset and never a zone's name."""

import functools
from datetime import UTC, datetime

from gateway.mail.units import Timestamp

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def date_time(at: Timestamp) -> str:
    """`Sun, 22 Nov 2026 00:23:42 +0000`."""
    return _formatted(int(at))


@functools.lru_cache(maxsize=16)
def _formatted(second: int) -> str:
    at = datetime.fromtimestamp(second, UTC)
    return f"{_DAYS[at.weekday()]}, {at.day} {_MONTHS[at.month - 1]} {at.year:04} {at:%H:%M:%S} +0000"
