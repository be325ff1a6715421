"""The line that begins a message of an mbox (RFC 4155 Appendix A): `From SENDER DATE`, as many programs write it.

Dates without a zone are UTC, as RFC 4155 wants it.
"""

import functools
import re
from datetime import UTC, datetime, timedelta
from typing import Final

from gateway.mail.units import Timestamp

MAX_LINE: Final = 1000
"""Longer lines begin no message."""

_MONTHS: Final = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")
_DATE: Final = re.compile(
    rb"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +(?P<first>\w{1,4}) +(?P<second>\w{1,4}) +"
    rb"(?:(?P<time>\d{1,2}:\d\d(?::\d\d)?)(?: +(?P<zone>[+-]\d{4}|[A-Z]{1,5}))?"
    rb"(?: +(?P<year>\d{4})(?: +(?P<after>[+-]\d{4}))?)?"
    rb"|(?P<early_year>\d{4}) +(?P<late_time>\d{1,2}:\d\d(?::\d\d)?)(?: +(?P<late_zone>[+-]\d{4}))?)"
)
FIELD: Final = re.compile(rb"[!-9;-~]{1,200}[ \t]{0,9}:")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SENDER: Final = re.compile(rb"[^\x00-\x20\x7f]{1,200}\Z")


def begins_message(line: bytes, after: bytes, *, blank_before: bool) -> bool:
    """Whether a line that begins with `From ` is a separator. `after`: the first octets that follow it.

    One with a date is, after a blank line or before a header field; one without (Thunderbird) only between the two.
    """
    field = FIELD.match(after) is not None or after[:5] == b">From"
    if _dated(line):
        return blank_before or field
    return blank_before and field


def date_of(line: bytes) -> Timestamp | None:
    """When the message came, as its separator says."""
    found = _dated(line)
    if not found:
        return None
    part = found.groupdict()
    day, month = part["first"], part["second"]
    order = (month, day) if month in _MONTHS else (day, month)
    year, time = part["year"] or part["early_year"], part["time"] or part["late_time"]
    if year is None or order[0] not in _MONTHS or not order[1].isdigit():
        return None
    return _instant(int(year), _MONTHS.index(order[0]) + 1, int(order[1]), (time, _zone(part)))


@functools.lru_cache(maxsize=4)
def _dated(line: bytes) -> re.Match[bytes] | None:
    """Each line is asked about twice, at the end of a message and at the beginning of the next."""
    return _DATE.search(line)


def _zone(part: dict[str, bytes]) -> timedelta:
    zone = part["after"] or part["late_zone"] or part["zone"] or b""
    if zone[:1] not in (b"+", b"-") or not zone:
        return timedelta()
    span = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5]))
    return -span if zone[:1] == b"-" else span


def _instant(year: int, month: int, day: int, clock: tuple[bytes, timedelta]) -> Timestamp | None:
    hour, minute, *seconds = (int(number) for number in clock[0].split(b":"))
    second = min(seconds[0], 59) if seconds else 0
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC) - clock[1]
    except (ValueError, OverflowError):
        return None
    return Timestamp((moment - _EPOCH).total_seconds())


def separator(sender: bytes, received: Timestamp) -> bytes:
    """The line for a message that came from `sender`, without its end. A date out of reach becomes the nearest."""
    try:
        moment = _EPOCH + timedelta(seconds=int(received))
    except (OverflowError, ValueError):
        moment = _EPOCH
    who = sender if _SENDER.match(sender) else b"MAILER-DAEMON"
    return b"From %s %s" % (who, _asctime(moment))


def _asctime(moment: datetime) -> bytes:
    days = (b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun")
    return b"%s %s %2d %02d:%02d:%02d %04d" % (
        days[moment.weekday()],
        _MONTHS[moment.month - 1],
        moment.day,
        moment.hour,
        moment.minute,
        moment.second,
        moment.year,
    )
