"""Days: what `SINCE 1-Feb-2026` means at a distance from UTC, and `SENTSINCE 1-Feb-2026` anywhere (RFC 9051 6.4.4)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from gateway.mail.units import Seconds, Timestamp
from gateway.mailbox.search.numbers import Dated, When
from gateway.mailbox.search.query import Query
from gateway.mailbox.search.sent_days import SentDays

_EPOCH = date(1970, 1, 1).toordinal()


def begin(day: date, offset: Seconds) -> Timestamp:
    """When the day begins in a zone that is `offset` seconds ahead of UTC."""
    return Timestamp(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() - offset)


def end(day: date, offset: Seconds) -> Timestamp:
    """When the next one begins."""
    if day == date.max:
        return Timestamp(begin(day, offset) + 24 * 3600)
    return begin(day + timedelta(days=1), offset)


def on(when: When, day: date, offset: Seconds) -> Query:
    """ON, SENTON, SAVEDON."""
    number = _number(day)
    return _days(Dated(when, begin(day, offset), end(day, offset)), number, number + 1)


def since(when: When, day: date, offset: Seconds) -> Query:
    """SINCE, SENTSINCE, SAVEDSINCE: that day or later."""
    return _days(Dated(when, since=begin(day, offset)), _number(day), None)


def before(when: When, day: date, offset: Seconds) -> Query:
    """BEFORE, SENTBEFORE, SAVEDBEFORE: an earlier day."""
    return _days(Dated(when, before=begin(day, offset)), None, _number(day))


def _days(dated: Dated, first: int | None, after: int | None) -> Query:
    return SentDays(first, after, replace(dated, when=When.RECEIVED)) if dated.when is When.SENT else dated


def _number(day: date) -> int:
    return day.toordinal() - _EPOCH
