"""Quotas: how much was submitted within the last hour and the last day. Pure; `Activity` shares the counts."""

from typing_extensions import override

from gateway.accounts.activity.tally import Count, Tallies, Window
from gateway.accounts.config import Quota
from gateway.accounts.protocol import Meter
from gateway.mail.units import Seconds, Timestamp

_KEYS = 200_000
_UNLIMITED = 2**62


class SharedMeter(Meter):
    """Counts in buckets of five minutes for the hour, and of an hour for the day."""

    def __init__(self) -> None:
        self.hour = Tallies(Window(Seconds(3600), 300, _KEYS))
        self.day = Tallies(Window(Seconds(86_400), 3600, _KEYS))

    @override
    def again(self, who: str, quota: Quota, recipients: int, now: Timestamp) -> Timestamp | None:
        at = max(
            _at(self.hour, who, _room(quota.messages_per_hour, quota.recipients_per_hour, recipients), now),
            _at(self.day, who, _room(quota.messages_per_day, quota.recipients_per_day, recipients), now),
        )
        return at if at > now else None

    @override
    def count(self, who: str, recipients: int, now: Timestamp) -> None:
        self._add(who, Count(1, recipients), now)

    @override
    def forget(self, who: str, recipients: int, counted: Timestamp) -> None:
        self._add(who, Count(-1, -recipients), counted)

    def _add(self, who: str, count: Count, now: Timestamp) -> None:
        self.hour.add(who, count, now)
        self.day.add(who, count, now)


def _room(messages: int, recipients: int, wanted: int) -> Count:
    """What may have been submitted before, for one more message to so many recipients to fit."""
    return Count(messages - 1 if messages else _UNLIMITED, recipients - wanted if recipients else _UNLIMITED)


def _at(tallies: Tallies, who: str, room: Count, now: Timestamp) -> Timestamp:
    """What is too much in itself is told to come back when nothing else is in the way, with less."""
    if room.second < 0:
        return Timestamp(now + tallies.window.length)
    return tallies.room_at(who, room, now)
