"""Moments as IMAP writes them (RFC 9051 9 date-time): ` 7-Feb-1994 22:43:04 +0000`, always in UTC, without quotes."""

import functools
from datetime import date
from typing import Final

from gateway.mail.units import Timestamp

_MONTHS: Final = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")
_DAY: Final = 86_400
_EPOCH: Final = date(1970, 1, 1).toordinal()
_LAST: Final = date.max.toordinal()


def date_time(at: Timestamp) -> bytes:
    """Of a moment, rounded down to seconds."""
    day, second = divmod(int(at // 1), _DAY)
    minutes, seconds = divmod(second, 60)
    return b"%b %02d:%02d:%02d +0000" % (_day(day), *divmod(minutes, 60), seconds)


@functools.lru_cache(maxsize=1024)
def _day(number: int) -> bytes:
    day = date.fromordinal(min(max(number + _EPOCH, 1), _LAST))
    return b"%2d-%b-%04d" % (day.day, _MONTHS[day.month - 1], day.year)
