import pytest

from gateway.mail.units import Seconds, Timestamp
from gateway.route.retry import Retry, next_due, wait

PLAIN = Retry(first=Seconds(300), factor=2, max=Seconds(3600), expire=Seconds(7200))


def due_after(attempts: int, *, now: float, jitter: float = 0.5) -> float | None:
    return next_due(PLAIN, attempts, Timestamp(1000), Timestamp(now), jitter)


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 300), (2, 600), (3, 1200), (4, 2400), (5, 3600), (10**9, 3600)])
def test_waits_grow_to_the_cap(attempts, seconds):
    assert wait(PLAIN, attempts) == seconds


@pytest.mark.parametrize(("jitter", "due"), [(0.0, 1240), (0.5, 1300), (0.999999, 1360)])
def test_jitter_moves_a_wait_by_a_fifth_either_way(jitter, due):
    assert due_after(1, now=1000, jitter=jitter) == pytest.approx(due, abs=0.01)


def test_the_last_attempt_falls_on_the_moment_of_expiry():
    assert due_after(5, now=7000) == 8200


def test_it_expires():
    assert due_after(5, now=8199) == 8200
    assert due_after(6, now=8200) is None


@pytest.mark.parametrize(
    ("given", "why"),
    [({"factor": 0.5}, "`factor` lies between 1 and 100"), ({"first": 0}, "`first` and `max` are longer than no time")],
)
def test_schedules_that_make_no_sense_are_refused(given, why):
    with pytest.raises(ValueError, match=why):
        Retry(**given)
