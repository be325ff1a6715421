"""Dates as mail has them (RFC 5322 3.3 and 4.3), and what else is found in a Date field. Never fails, in linear time.

ABNF, as read here; comments, blanks, commas and hyphens may stand between any two tokens::

    date-time = [day-name] day month year [time] [zone]
              / [day-name] month day time [zone] year          ; as ctime writes it
              / year "-" month "-" day ["T"] [time] [zone]     ; RFC 3339
    time      = 1*2DIGIT (":" / ".") 2DIGIT [(":" / ".") 2DIGIT]
    zone      = ("+" / "-") 4DIGIT / zone-name

A zone that is not known is UTC, a time that cannot be is 00:00:00 (RFC 5256 2.2).
"""

import re
from datetime import date
from typing import NamedTuple

from gateway.mail.units import Timestamp

_EPOCH = date(1970, 1, 1).toordinal()
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_NAMES, 1)}
_ZONES = {"edt": -240, "est": -300, "cdt": -300, "cst": -360, "mdt": -360, "mst": -420, "pdt": -420, "pst": -480}
_MONTH = f"(?i:({'|'.join(_NAMES)})[a-z]*)"
_TIME = r"(?:(\d{1,2})\s*[:.]\s*(\d{2})(?:\s*[:.]\s*(\d{1,2}))?(?:[.,]\d{1,9})?)"
_ZONE = r"([+-]\d{1,2}:?\d{2}|[A-Za-z]{1,5})"
_GAP = r"[\s,\-]*"
_USUAL = re.compile(
    rf"(?:[A-Za-z]+\.?{_GAP})?(\d{{1,2}}){_GAP}{_MONTH}\.?{_GAP}(\d{{2,5}})\b{_GAP}(?:{_TIME}\s*{_ZONE}?)?"
)
_CTIME = re.compile(rf"(?:[A-Za-z]+{_GAP})?{_MONTH}\s+(\d{{1,2}}),?\s+{_TIME}\s*(?:{_ZONE}\s+)?(\d{{4}})\b")
_RFC3339 = re.compile(rf"(\d{{4}})-(\d\d)-(\d\d)(?:[Tt\s]\s*{_TIME}\s*{_ZONE}?)?")
_COMMENT = re.compile(r"\([^()]*\)")
_LONGEST = 200


class Moment(NamedTuple):
    """A date and time as written, and where it was written."""

    at: Timestamp
    offset: int
    """Minutes east of UTC: `at + 60 * offset` has the day that was written, which SENTON compares (RFC 9051 6.4.4)."""


def parse_date_time(text: str) -> Moment | None:
    """What a Date field says, unfolded; None where no day can be read."""
    text = text[:_LONGEST]
    if "(" in text:
        text = _COMMENT.sub(" ", text)
    text = text.strip()
    if usual := _USUAL.match(text):
        day, month, year, *rest = usual.groups()
        return _moment((year, _MONTHS[month[:3].lower()], day), rest)
    if ctime := _CTIME.match(text):
        month, day, *rest, year = ctime.groups()
        return _moment((year, _MONTHS[month[:3].lower()], day), rest)
    if rfc3339 := _RFC3339.match(text):
        year, number, day, *rest = rfc3339.groups()
        return _moment((year, int(number), day), rest)
    return None


def _moment(day: tuple[str, int, str], rest: list[str | None]) -> Moment | None:
    year, month, number = day
    try:
        days = date(_year(year), month, int(number)).toordinal() - _EPOCH
    except ValueError:
        return None
    hour, minute, second, zone = rest
    offset = _offset(zone) if zone else 0
    seconds = _seconds(int(hour or 0), int(minute or 0), int(second or 0))
    return Moment(Timestamp(float(days * 86400 + seconds - offset * 60)), offset)


def _year(text: str) -> int:
    """RFC 5322 4.3."""
    year = int(text)
    if len(text) == 2:
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(text) == 3 else year


def _seconds(hour: int, minute: int, second: int) -> int:
    possible = hour < 24 and minute < 60 and second <= 60
    return hour * 3600 + minute * 60 + second if possible else 0


def _offset(zone: str) -> int:
    if zone[0] not in "+-":
        return _ZONES.get(zone.lower(), 0)
    digits = zone[1:].replace(":", "").rjust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 24 or minutes > 59:
        return 0
    return (hours * 60 + minutes) * (-1 if zone[0] == "-" else 1)
