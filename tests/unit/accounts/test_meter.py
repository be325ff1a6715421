"""Quotas over a sliding hour and day."""

import pytest

from gateway.accounts.activity.meter import SharedMeter
from gateway.accounts.config import Quota
from gateway.mail.units import Timestamp

START = Timestamp(1_800_000_000.0)


def at(seconds: float) -> Timestamp:
    return Timestamp(START + seconds)


def test_nothing_is_limited_by_a_quota_of_nothing() -> None:
    meter = SharedMeter()
    for _ in range(100):
        meter.count("account:1", 1000, START)
    assert meter.again("account:1", Quota(), 1000, START) is None


@pytest.mark.parametrize(
    ("quota", "longest"),
    [
        (Quota(messages_per_hour=3), 3900),
        (Quota(recipients_per_hour=30), 3900),
        (Quota(messages_per_day=3), 90_000),
        (Quota(recipients_per_day=30), 90_000),
    ],
)
def test_what_is_over_the_quota_is_told_when_it_is_not(quota: Quota, longest: int) -> None:
    meter = SharedMeter()
    for _ in range(3):
        assert meter.again("account:1", quota, 10, START) is None
        meter.count("account:1", 10, START)
    again = meter.again("account:1", quota, 10, at(1))
    assert again is not None
    assert START + longest * 12 / 13 <= again <= START + longest
    assert meter.again("account:1", quota, 10, Timestamp(again - 1)) is not None
    assert meter.again("account:1", quota, 10, again) is None
    assert meter.again("account:2", quota, 10, at(1)) is None


def test_the_window_slides() -> None:
    meter = SharedMeter()
    quota = Quota(messages_per_hour=6)
    for number in range(6):
        meter.count("account:1", 1, at(number * 600))
    again = meter.again("account:1", quota, 1, at(3000))
    assert again is not None
    assert at(3600) <= again <= at(3900)
    meter.count("account:1", 1, again)
    after = meter.again("account:1", quota, 1, again)
    assert after is not None
    assert again < after <= again + 600


def test_one_message_with_more_recipients_than_ever_fit_is_refused() -> None:
    meter = SharedMeter()
    assert meter.again("account:1", Quota(recipients_per_hour=10), 11, START) == at(3600)
    assert meter.again("account:1", Quota(recipients_per_day=10), 11, START) == at(86_400)
