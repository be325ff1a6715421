r"""Moments and days as IMAP writes them (RFC 9051 9 date-time, date).

ABNF, as read here::

    date-time = DQUOTE (SP DIGIT / 2DIGIT) "-" month "-" 4DIGIT SP 2DIGIT ":" 2DIGIT ":" 2DIGIT SP ("+" / "-") 4DIGIT
                DQUOTE
    date      = 1*2DIGIT "-" month "-" 4DIGIT
    month     = "Jan" / "Feb" / "Mar" / "Apr" / "May" / "Jun" / "Jul" / "Aug" / "Sep" / "Oct" / "Nov" / "Dec"
"""

import functools
import re
from datetime import date
from typing import Final

from gateway.imap.wire.scanner import BadSyntax
from gateway.mail.units import Timestamp

_MONTHS: Final = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")
_DATE_TIME: Final = re.compile(
    rb"([ 0-3][0-9])-([A-Za-z]{3})-([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-])([0-9]{2})([0-9]{2})"
)
_DATE: Final = re.compile(rb"([0-9]{1,2})-([A-Za-z]{3})-([0-9]{4})")
_DAY: Final = 86_400
_EPOCH: Final = date(1970, 1, 1).toordinal()
_LAST: Final = date.max.toordinal()


def date_time(at: Timestamp) -> bytes:
    """` 7-Feb-1994 22:43:04 +0000`: a moment rounded down to seconds, always in UTC, without quotes."""
    day, second = divmod(int(at // 1), _DAY)
    minutes, seconds = divmod(second, 60)
    return b"%b %02d:%02d:%02d +0000" % (_written_day(day), *divmod(minutes, 60), seconds)


@functools.lru_cache(maxsize=1024)
def _written_day(number: int) -> bytes:
    day = date.fromordinal(min(max(number + _EPOCH, 1), _LAST))
    return b"%2d-%b-%04d" % (day.day, _MONTHS[day.month - 1], day.year)


def parse_date_time(text: bytes) -> Timestamp:
    """What stands between the quotes. A leap second is the one after it. Raises BadSyntax."""
    found = _DATE_TIME.fullmatch(text)
    if found is None:
        raise BadSyntax('a date-time is like " 7-Feb-1994 22:43:04 -0800", with a day of two characters')
    day, month, year, hour, minute, second, sign, zone_hour, zone_minute = found.groups()
    east = int(zone_hour) * 60 + int(zone_minute)
    if int(hour) > 23 or int(minute) > 59 or int(second) > 60 or int(zone_hour) > 23 or int(zone_minute) > 59:
        raise BadSyntax("there is no such time")
    days = _date(year, month, day).toordinal() - _EPOCH
    minutes = days * 1440 + int(hour) * 60 + int(minute) - (east if sign == b"+" else -east)
    return Timestamp(float(minutes * 60 + int(second)))


def parse_date(text: bytes) -> date:
    """A day, as search keys have it. Raises BadSyntax."""
    found = _DATE.fullmatch(text)
    if found is None or found[2].capitalize() not in _MONTHS:
        raise BadSyntax("a date is written 1-Feb-1994")
    return _date(found[3], found[2], found[1])


def _date(year: bytes, month: bytes, day: bytes) -> date:
    try:
        return date(int(year), _MONTHS.index(month.capitalize()) + 1, int(day))
    except ValueError as error:
        raise BadSyntax("there is no such day") from error
