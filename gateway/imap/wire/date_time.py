r"""INTERNALDATE as clients write it (RFC 9051 9 date-time).

ABNF, as read here::

    date-time = DQUOTE (SP DIGIT / 2DIGIT) "-" month "-" 4DIGIT SP 2DIGIT ":" 2DIGIT ":" 2DIGIT SP ("+" / "-") 4DIGIT
                DQUOTE
"""

import re
from datetime import date
from typing import Final

from gateway.imap.wire.scanner import BadSyntax
from gateway.mail.units import Timestamp

_MONTHS: Final = (b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec")
_DATE_TIME: Final = re.compile(
    rb"([ 0-3][0-9])-([A-Za-z]{3})-([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-])([0-9]{2})([0-9]{2})"
)
_EPOCH: Final = date(1970, 1, 1).toordinal()


def date_time(text: bytes) -> Timestamp:
    """What stands between the quotes. A leap second is the one after it. Raises BadSyntax."""
    found = _DATE_TIME.fullmatch(text)
    if found is None:
        raise BadSyntax('a date-time is like " 7-Feb-1994 22:43:04 -0800", with a day of two characters')
    day, month, year, hour, minute, second, sign, zone_hour, zone_minute = found.groups()
    east = int(zone_hour) * 60 + int(zone_minute)
    if int(hour) > 23 or int(minute) > 59 or int(second) > 60 or int(zone_hour) > 23 or int(zone_minute) > 59:
        raise BadSyntax("there is no such time")
    days = _ordinal(int(year), month.lower(), int(day)) - _EPOCH
    minutes = days * 1440 + int(hour) * 60 + int(minute) - (east if sign == b"+" else -east)
    return Timestamp(float(minutes * 60 + int(second)))


def _ordinal(year: int, month: bytes, day: int) -> int:
    try:
        return date(year, _MONTHS.index(month) + 1, day).toordinal()
    except ValueError as error:
        raise BadSyntax("there is no such day") from error
