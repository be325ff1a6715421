from pathlib import Path

from gateway.mail import codes
from gateway.mail.envelope import MailOptions
from gateway.mail.nexthop import HopLimits
from gateway.mail.outcome import Deferred
from gateway.mail.units import Rate, Seconds, Timestamp
from gateway.relay.lane import (
    BACKLOG_MESSAGES,
    FIRST_PAUSE,
    FORGOTTEN,
    LONGEST_PAUSE,
    PASSED_OVER,
    PATIENCE,
    SHARE,
    SHARE_AFTER,
    HopTerms,
    Job,
    Turns,
    new_lane,
)
from tests.support.relay_world import ASCII, relays, world

TROUBLE = Deferred(codes.NO_ANSWER, "connection refused", hop_trouble=True)


def at(seconds: float) -> Timestamp:
    return Timestamp(1000.0 + seconds)


def test_a_hop_is_shared_between_workers() -> None:
    assert new_lane("relay:a", HopTerms(HopLimits(connections=20)), 2, at(0)).slots == 10
    assert new_lane("relay:a", HopTerms(HopLimits(connections=1)), 4, at(0)).slots == 1


def test_one_failure_pauses_nothing() -> None:
    lane = new_lane("relay:a", HopTerms(HopLimits()), 1, at(0))
    lane.failed(TROUBLE, at(0), 0.5)
    assert not lane.paused(at(0))
    assert lane.room == lane.slots


def test_failures_in_a_row_pause_the_hop_and_then_one_probes() -> None:
    lane = new_lane("relay:a", HopTerms(HopLimits()), 1, at(0))
    for _ in range(PATIENCE):
        lane.failed(TROUBLE, at(0), 0.5)
    assert lane.paused(at(9))
    assert not lane.takes_fresh(at(9))
    assert not lane.paused(at(10))
    assert lane.room == 1
    lane.succeeded()
    assert lane.room == lane.slots


def test_pauses_grow_up_to_a_limit() -> None:
    lane = new_lane("relay:a", HopTerms(HopLimits()), 1, at(0))
    pauses = []
    now = at(0)
    for _ in range(100):
        lane.failed(TROUBLE, now, 0.5)
        pauses.append(lane.paused_until - now)
        now = max(now, lane.paused_until)
    assert pauses[PATIENCE] == 2 * pauses[PATIENCE - 1]
    assert max(pauses) == LONGEST_PAUSE


def test_connections_that_fail_together_are_one_trouble() -> None:
    lane = new_lane("relay:a", HopTerms(HopLimits(connections=20)), 1, at(0))
    for _ in range(20):
        lane.failed(TROUBLE, at(0), 0.5)
    assert lane.paused_until == at(FIRST_PAUSE)


def test_failures_are_forgotten_in_time() -> None:
    lane = new_lane("relay:a", HopTerms(HopLimits()), 1, at(0))
    lane.failed(TROUBLE, at(0), 0.5)
    assert not lane.idle(at(0))
    assert lane.idle(at(FORGOTTEN))


def test_a_rate_is_kept_over_workers() -> None:
    lane = new_lane("relay:a", HopTerms(HopLimits(rate=Rate(120, Seconds(60)))), 2, at(0))
    assert lane.bucket is not None
    waits = [lane.bucket.take(at(0)) for _ in range(62)]
    assert waits[:60] == [0.0] * 60
    assert waits[60] == 1.0
    assert waits[61] == 2.0


def test_a_clock_that_is_put_back_stops_nothing() -> None:
    lane = new_lane("relay:a", HopTerms(HopLimits(rate=Rate(60, Seconds(60)))), 1, at(86_400))
    for _ in range(PATIENCE):
        lane.failed(Deferred(codes.NO_ANSWER, "connection refused"), at(86_400), 0.5)
    assert lane.paused(at(86_400))
    assert not lane.paused(at(0))
    assert lane.bucket is not None
    assert lane.bucket.take(at(0)) == 0


async def test_mail_that_is_due_is_let_in_where_fresh_mail_keeps_the_line_full(tmp_path: Path) -> None:
    """Without a share for it, what has once been put off would wait for as long as fresh mail comes."""
    async with world(tmp_path, relays(legacy=[9])) as relay:
        await relay.offer("a@legacy.example")
        [claimed] = await relay.queue.claim("relay:legacy", relay.now, 1)
    lane = new_lane("relay:legacy", HopTerms(HopLimits(connections=2)), 1, at(0))
    lane.claimed_at = at(0)
    lane.running = lane.slots
    for _ in range(BACKLOG_MESSAGES):
        lane.waiting.push(Job(relay.queue, claimed))
    assert not lane.takes_fresh(at(0))
    assert not lane.takes_due(at(0))
    assert lane.takes_due(at(SHARE_AFTER))
    for _ in range(SHARE):
        lane.waiting.push(Job(relay.queue, claimed))
    assert not lane.takes_due(at(SHARE_AFTER))


def test_a_line_that_is_empty_takes_what_there_is_room_for() -> None:
    lane = new_lane("relay:a", HopTerms(HopLimits(connections=2)), 1, at(0))
    assert lane.takes_due(at(0))
    lane.running = 2
    assert not lane.takes_due(at(0))
    lane.claiming = True
    lane.running = 0
    assert not lane.takes_due(at(0))


async def test_urgent_jobs_go_first_and_the_others_are_not_starved(tmp_path: Path) -> None:
    async with world(tmp_path, relays(legacy=[9])) as relay:
        for priority in (-1, *[5] * 30, None):
            await relay.offer("a@legacy.example", octets=ASCII, options=MailOptions(priority=priority))
        turns = Turns()
        for claimed in sorted(await relay.queue.claim("relay:legacy", relay.now, 100), key=lambda c: c.message.id):
            turns.push(Job(relay.queue, claimed))
        gone = [turns.pop().claimed.message.options.priority for _ in range(len(turns))]
        assert gone[:PASSED_OVER] == [5] * PASSED_OVER
        assert set(gone[PASSED_OVER : PASSED_OVER + 2]) == {None, -1}
        assert gone[PASSED_OVER + 2 :] == [5] * (30 - PASSED_OVER)
        assert not turns
        assert turns.octets == 0
