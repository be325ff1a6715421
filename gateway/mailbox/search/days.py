"""Days as moments: what `SINCE 1-Feb-2026` means at a distance from UTC (RFC 9051 6.4.4)."""

from datetime import UTC, date, datetime, timedelta

from gateway.mail.units import Seconds, Timestamp
from gateway.mailbox.search.numbers import Dated, When


def begin(day: date, offset: Seconds) -> Timestamp:
    """When the day begins in a zone that is `offset` seconds ahead of UTC."""
    return Timestamp(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() - offset)


def end(day: date, offset: Seconds) -> Timestamp:
    """When the next one begins."""
    if day == date.max:
        return Timestamp(begin(day, offset) + 24 * 3600)
    return begin(day + timedelta(days=1), offset)


def on(when: When, day: date, offset: Seconds) -> Dated:
    """ON, SENTON, SAVEDON."""
    return Dated(when, begin(day, offset), end(day, offset))


def since(when: When, day: date, offset: Seconds) -> Dated:
    """SINCE, SENTSINCE, SAVEDSINCE: that day or later."""
    return Dated(when, since=begin(day, offset))


def before(when: When, day: date, offset: Seconds) -> Dated:
    """BEFORE, SENTBEFORE, SAVEDBEFORE: an earlier day."""
    return Dated(when, before=begin(day, offset))
