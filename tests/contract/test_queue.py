"""What every queue engine promises (gateway/queue/protocol.py), one test per promise."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.mail.address import NULL_PATH
from gateway.mail.message import QueueId, State
from gateway.mail.units import Timestamp
from gateway.queue.protocol import INLINE_LIMIT, Queue
from tests.contract.queue_support import (
    BODY,
    ENGINES,
    HOP,
    NOW,
    OTHER_HOP,
    REFUSED,
    SENT,
    TROUBLE,
    after,
    hops,
    names_claimed,
    new_delivery,
    new_mail,
    settlement,
)

Reopen = Callable[[], Awaitable[Queue]]


@pytest.fixture(params=ENGINES)
async def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Reopen]:
    """Opens the queue, and opens it again as another process would after this one has ended."""
    engine = ENGINES[request.param]
    opened: list[Queue] = []

    async def reopen() -> Queue:
        while opened:
            await opened.pop().close()
        opened.append(await engine(tmp_path))
        return opened[0]

    yield reopen
    for queue in opened:
        await queue.close()


@pytest.fixture
async def crash(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Reopen]:
    """Opens what a process that died at this moment would have left."""
    engine = ENGINES[request.node.callspec.params["reopen"]]
    opened: list[Queue] = []

    async def crash() -> Queue:
        left = tmp_path / "left"
        shutil.copytree(tmp_path, left, ignore=lambda *_: ["left"])
        opened.append(await engine(left))
        return opened[0]

    yield crash
    for queue in opened:
        await queue.close()


@pytest.fixture
async def queue(reopen: Reopen) -> Queue:
    return await reopen()


async def test_ids_have_14_characters_are_unique_and_sort_by_arrival(queue: Queue) -> None:
    ids = [queue.new_id(NOW) for _ in range(2000)] + [queue.new_id(after(1)), queue.new_id(after(3600))]
    assert {len(each) for each in ids} == {14}
    assert all(each.isalnum() and each.isascii() for each in ids)
    assert ids == sorted(set(ids))


async def test_ids_grow_although_the_clock_goes_back(queue: Queue) -> None:
    later = queue.new_id(after(60))
    assert queue.new_id(NOW) > later


async def test_ids_grow_over_a_restart_although_the_clock_goes_back(reopen: Reopen) -> None:
    queue = await reopen()
    mail = new_mail(queue)
    (delivery,) = await queue.enqueue(mail, lease_for={HOP})
    await queue.settle([settlement(mail.message, delivery, SENT)])
    queue = await reopen()
    assert queue.new_id(Timestamp(NOW - 3600)) > mail.message.id


async def test_enqueue_returns_deliveries_in_order_leased_where_asked(queue: Queue) -> None:
    mail = new_mail(queue, new_delivery("a@x.example"), new_delivery("b@x.example", OTHER_HOP))
    first, second = await queue.enqueue(mail, lease_for={HOP})
    assert (str(first.recipient.address), first.state) == ("a@x.example", State.LEASED)
    assert (str(second.recipient.address), second.state) == ("b@x.example", State.QUEUED)
    assert first.id != second.id
    assert hops(queue) == [OTHER_HOP]
    assert await names_claimed(queue, 10) == []
    assert await names_claimed(queue, 10, OTHER_HOP) == ["b@x.example"]


async def test_a_claim_gives_back_what_was_enqueued(queue: Queue) -> None:
    mail = new_mail(queue)
    await queue.enqueue(mail, lease_for=())
    (claimed,) = await queue.claim(HOP, NOW, 10)
    assert claimed.message == mail.message
    assert claimed.octets.read(0, len(claimed.octets)) == BODY
    (delivery,) = claimed.deliveries
    assert delivery.recipient == mail.deliveries[0].recipient
    assert (delivery.hop_key, delivery.route, delivery.needs) == (HOP, "legacy", ("SMTPUTF8",))
    assert (delivery.state, delivery.due, delivery.attempts) == (State.LEASED, NOW, 0)


async def test_what_is_claimed_is_not_claimed_again(queue: Queue) -> None:
    await queue.enqueue(new_mail(queue), lease_for=())
    assert len(await queue.claim(HOP, NOW, 10)) == 1
    assert await queue.claim(HOP, NOW, 10) == []
    assert hops(queue) == []
    assert queue.next_due() is None


async def test_two_claims_at_once_share_nothing(queue: Queue) -> None:
    for number in range(20):
        await queue.enqueue(new_mail(queue, new_delivery(f"{number}@x.example")), lease_for=())
    one, two = await asyncio.gather(names_claimed(queue, 15), names_claimed(queue, 15))
    assert sorted(one + two, key=lambda name: int(name.split("@")[0])) == [f"{n}@x.example" for n in range(20)]


async def test_a_claim_groups_the_recipients_of_a_message_and_keeps_its_limit(queue: Queue) -> None:
    three = [new_delivery(f"{name}@x.example") for name in "abc"]
    for _ in range(2):
        await queue.enqueue(new_mail(queue, *three), lease_for=())
    claimed = await queue.claim(HOP, NOW, 4)
    assert [len(one.deliveries) for one in claimed] == [3, 1]
    assert await names_claimed(queue, 4) == ["b@x.example", "c@x.example"]


async def test_nothing_is_due_before_its_time(queue: Queue) -> None:
    await queue.enqueue(new_mail(queue, new_delivery("a@x.example", due=after(60))), lease_for=())
    assert hops(queue, after(59)) == []
    assert await names_claimed(queue, 10, now=after(59)) == []
    assert queue.next_due() == after(60)
    assert hops(queue, after(60)) == [HOP]
    assert await names_claimed(queue, 10, now=after(60)) == ["a@x.example"]


async def test_ripe_hops_come_longest_waiting_first(queue: Queue) -> None:
    for hop, due in (("mx:b.example", 20), ("mx:a.example", 10), ("mx:c.example", 30), ("mx:d.example", 99)):
        await queue.enqueue(new_mail(queue, new_delivery("a@x.example", hop, after(due))), lease_for=())
    assert hops(queue, after(50)) == ["mx:a.example", "mx:b.example", "mx:c.example"]
    assert queue.next_due() == after(10)


async def test_a_delivered_message_leaves_the_queue_with_its_octets(queue: Queue) -> None:
    mail = new_mail(queue)
    (delivery,) = await queue.enqueue(mail, lease_for={HOP})
    octets = await queue.octets(mail.message.id)
    assert octets is not None
    assert octets.read(0, 100) == BODY
    await queue.settle([settlement(mail.message, delivery, SENT)])
    assert await queue.octets(mail.message.id) is None
    assert set(queue.stats().depth.values()) == {0}


async def test_a_message_stays_until_its_last_delivery_is_settled(reopen: Reopen) -> None:
    queue = await reopen()
    mail = new_mail(queue, new_delivery("a@x.example"), new_delivery("b@x.example"))
    first, second = await queue.enqueue(mail, lease_for={HOP})
    await queue.settle([settlement(mail.message, first, SENT)])
    assert await queue.octets(mail.message.id) is not None
    await queue.settle([settlement(mail.message, second, REFUSED)])
    assert await queue.octets(mail.message.id) is None
    queue = await reopen()
    assert hops(queue) == []


async def test_a_deferred_delivery_comes_back_with_its_attempt(queue: Queue) -> None:
    mail = new_mail(queue)
    (delivery,) = await queue.enqueue(mail, lease_for={HOP})
    deferred = settlement(mail.message, delivery, TROUBLE, due=after(300))
    await queue.settle([deferred])
    assert queue.next_due() == after(300)
    (claimed,) = await queue.claim(HOP, after(300), 10)
    (again,) = claimed.deliveries
    assert (again.id, again.attempts, again.last_reply) == (delivery.id, 1, "4.4.1 connection refused")
    assert claimed.octets.read(0, 100) == BODY


async def test_an_attempt_that_did_not_take_place_does_not_count(queue: Queue) -> None:
    mail = new_mail(queue)
    (delivery,) = await queue.enqueue(mail, lease_for={HOP})
    postponed = settlement(mail.message, delivery, TROUBLE, state=State.QUEUED, due=after(10))
    await queue.settle([replace(postponed, counts=False)])
    assert queue.stats().depth[State.QUEUED] == 1
    (claimed,) = await queue.claim(HOP, after(10), 10)
    assert claimed.deliveries[0].attempts == 0


async def test_a_settlement_can_move_a_delivery_to_another_hop(queue: Queue) -> None:
    mail = new_mail(queue)
    (delivery,) = await queue.enqueue(mail, lease_for={HOP})
    moved = replace(
        settlement(mail.message, delivery, TROUBLE), hop_key=OTHER_HOP, route="new", needs=(), delay_told=True
    )
    await queue.settle([moved])
    assert hops(queue) == [OTHER_HOP]
    (claimed,) = await queue.claim(OTHER_HOP, NOW, 10)
    (again,) = claimed.deliveries
    assert (again.route, again.needs, again.delay_told) == ("new", (), True)


async def test_a_delay_notice_once_told_stays_told(queue: Queue) -> None:
    mail = new_mail(queue)
    (delivery,) = await queue.enqueue(mail, lease_for={HOP})
    await queue.settle([replace(settlement(mail.message, delivery, TROUBLE), delay_told=True)])
    await queue.claim(HOP, NOW, 10)
    await queue.settle([settlement(mail.message, delivery, TROUBLE)])
    (claimed,) = await queue.claim(HOP, NOW, 10)
    assert claimed.deliveries[0].delay_told


async def test_a_failure_and_its_report_are_one_step(reopen: Reopen) -> None:
    queue = await reopen()
    mail = new_mail(queue)
    (delivery,) = await queue.enqueue(mail, lease_for={HOP})
    report = new_mail(queue, new_delivery("sender@client.example", OTHER_HOP), sender=NULL_PATH, body=b"it failed")
    await queue.settle([settlement(mail.message, delivery, REFUSED)], [report])
    assert hops(queue) == [OTHER_HOP]
    queue = await reopen()
    (claimed,) = await queue.claim(OTHER_HOP, NOW, 10)
    assert claimed.message.sender is NULL_PATH
    assert claimed.octets.read(0, 100) == b"it failed"


async def test_a_refused_report_leaves_the_failure_unsettled(queue: Queue) -> None:
    mail = new_mail(queue)
    (delivery,) = await queue.enqueue(mail, lease_for={HOP})
    report = new_mail(queue, sender=NULL_PATH)
    await queue.enqueue(report, lease_for={HOP})
    with pytest.raises(ValueError, match="UNIQUE"):
        await queue.settle([settlement(mail.message, delivery, REFUSED)], [report])
    assert await queue.octets(mail.message.id) is not None


async def test_one_bad_message_does_not_harm_those_committed_with_it(queue: Queue) -> None:
    good = [new_mail(queue, new_delivery(f"{n}@x.example")) for n in range(10)]
    await queue.enqueue(good[0], lease_for=())
    results = await asyncio.gather(*(queue.enqueue(mail, lease_for=()) for mail in good), return_exceptions=True)
    assert [isinstance(result, ValueError) for result in results] == [True] + [False] * 9
    assert len(await names_claimed(queue, 20)) == 10


async def test_a_held_delivery_is_never_due(queue: Queue) -> None:
    await queue.enqueue(new_mail(queue, new_delivery("a@x.example", hold="quarantine")), lease_for={HOP})
    assert hops(queue, after(1e6)) == []
    assert await names_claimed(queue, 10) == []
    assert queue.stats().depth[State.HELD] == 1


async def test_an_attempt_can_end_in_a_hold(queue: Queue) -> None:
    mail = new_mail(queue)
    (delivery,) = await queue.enqueue(mail, lease_for={HOP})
    await queue.settle([settlement(mail.message, delivery, TROUBLE, state=State.HELD)])
    assert queue.stats().depth == {State.QUEUED: 0, State.DEFERRED: 0, State.LEASED: 0, State.HELD: 1}


async def test_leases_of_an_owner_that_went_in_good_order_are_due_at_once(reopen: Reopen) -> None:
    queue = await reopen()
    await queue.enqueue(new_mail(queue, new_delivery("a@x.example")), lease_for={HOP})
    queue = await reopen()
    assert queue.stats().recovered == 0
    assert await names_claimed(queue, 10) == ["a@x.example"]


async def test_leases_of_a_dead_owner_are_due_at_once(reopen: Reopen, crash: Reopen) -> None:
    queue = await reopen()
    await queue.enqueue(new_mail(queue, new_delivery("a@x.example")), lease_for={HOP})
    await queue.enqueue(new_mail(queue, new_delivery("b@x.example")), lease_for=())
    await queue.claim(HOP, NOW, 10)
    queue = await crash()
    assert queue.stats().recovered == 2
    assert hops(queue) == [HOP]
    assert await names_claimed(queue, 10) == ["a@x.example", "b@x.example"]


async def test_a_lease_that_runs_out_is_due_again(queue: Queue) -> None:
    await queue.enqueue(new_mail(queue), lease_for={HOP})
    await queue.refresh(after(599))
    assert hops(queue, after(599)) == []
    assert await queue.refresh(after(600))
    assert hops(queue, after(600)) == [HOP]


async def test_a_lease_can_be_extended(queue: Queue) -> None:
    (delivery,) = await queue.enqueue(new_mail(queue), lease_for={HOP})
    queue.extend([delivery.id], after(1200))
    await queue.refresh(after(1199))
    assert hops(queue, after(1199)) == []
    await queue.refresh(after(1200))
    assert hops(queue, after(1200)) == [HOP]


async def test_an_outcome_that_comes_after_its_lease_still_counts(queue: Queue) -> None:
    mail = new_mail(queue)
    (delivery,) = await queue.enqueue(mail, lease_for={HOP})
    await queue.refresh(after(600))
    await queue.settle([settlement(mail.message, delivery, SENT)])
    await queue.refresh(after(601))
    assert hops(queue, after(601)) == []
    assert set(queue.stats().depth.values()) == {0}


async def test_settling_twice_is_harmless(queue: Queue) -> None:
    mail = new_mail(queue)
    (delivery,) = await queue.enqueue(mail, lease_for={HOP})
    await queue.settle([settlement(mail.message, delivery, SENT)])
    await queue.settle([settlement(mail.message, delivery, TROUBLE)])
    await queue.refresh(NOW)
    assert hops(queue) == []
    assert set(queue.stats().depth.values()) == {0}


async def test_a_cancelled_enqueue_leaves_no_lease_behind(queue: Queue) -> None:
    task = asyncio.ensure_future(queue.enqueue(new_mail(queue), lease_for={HOP}))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await queue.healthy()
    await queue.refresh(NOW)
    assert hops(queue) == [HOP]
    assert len(await names_claimed(queue, 10)) == 1


async def test_a_cancelled_claim_leaves_no_lease_behind(queue: Queue) -> None:
    await queue.enqueue(new_mail(queue), lease_for=())
    task = asyncio.ensure_future(queue.claim(HOP, NOW, 10))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await queue.healthy()
    await queue.refresh(NOW)
    assert len(await names_claimed(queue, 10)) == 1


async def test_a_senders_long_line_does_not_delay_another_sender(queue: Queue) -> None:
    for number in range(300):
        await queue.enqueue(new_mail(queue, new_delivery(f"{number}@x.example"), sender="bulk@x.example"), lease_for=())
    await names_claimed(queue, 50)
    await queue.enqueue(new_mail(queue, new_delivery("fresh@x.example")), lease_for=())
    assert "fresh@x.example" in await names_claimed(queue, 10)


async def test_a_senders_long_line_does_not_delay_another_sender_after_a_restart(reopen: Reopen) -> None:
    queue = await reopen()
    for number in range(300):
        await queue.enqueue(new_mail(queue, new_delivery(f"{number}@x.example"), sender="bulk@x.example"), lease_for=())
    await names_claimed(queue, 50)
    queue = await reopen()
    await queue.enqueue(new_mail(queue, new_delivery("fresh@x.example")), lease_for=())
    assert "fresh@x.example" in await names_claimed(queue, 10)


async def test_one_senders_mail_keeps_its_order(queue: Queue) -> None:
    for number in range(30):
        await queue.enqueue(new_mail(queue, new_delivery(f"{number}@x.example")), lease_for=())
    names = [name for _ in range(3) for name in await names_claimed(queue, 10)]
    assert names == [f"{number}@x.example" for number in range(30)]


async def test_a_foreign_id_is_refused(queue: Queue) -> None:
    mail = new_mail(queue)
    foreign = replace(mail.message, id=QueueId(mail.message.id[:-1] + "7"))
    with pytest.raises(ValueError, match="shard"):
        await queue.enqueue(replace(mail, message=foreign), lease_for=())


async def test_a_message_to_nobody_is_not_stored(queue: Queue) -> None:
    mail = replace(new_mail(queue), deliveries=())
    assert await queue.enqueue(mail, lease_for=()) == ()
    assert await queue.octets(mail.message.id) is None


async def test_a_large_body_is_spooled_and_kept(reopen: Reopen) -> None:
    queue = await reopen()
    spool = queue.spool()
    body = bytes(range(256)) * 2048
    assert len(body) > INLINE_LIMIT
    for start in range(0, len(body), 50_000):
        await spool.write(body[start : start + 50_000])
    spooled = await spool.finish()
    assert spooled.read(0, len(spooled)) == body
    mail = new_mail(queue, body=spooled)
    await queue.enqueue(mail, lease_for={HOP})
    await queue.refresh(after(1e6))
    spooled.discard()
    queue = await reopen()
    (claimed,) = await queue.claim(HOP, after(1e6), 10)
    assert b"".join(claimed.octets.chunks(0, len(claimed.octets))) == body
    await queue.settle([settlement(claimed.message, claimed.deliveries[0], SENT)])
    assert await queue.octets(mail.message.id) is None


async def test_a_spool_can_be_discarded_at_any_time(queue: Queue) -> None:
    unused, begun, finished = queue.spool(), queue.spool(), queue.spool()
    await begun.write(b"x" * 300_000)
    await finished.write(b"x")
    body = await finished.finish()
    for each in (unused, begun, body, unused, begun, body):
        each.discard()
    with pytest.raises(OSError, match="No such file"):
        len(body)


async def test_depth_follows_every_step(queue: Queue) -> None:
    def depth() -> tuple[int, ...]:
        counts = queue.stats().depth
        return tuple(counts[state] for state in (State.QUEUED, State.LEASED, State.DEFERRED, State.HELD))

    mail = new_mail(queue, new_delivery("a@x.example"), new_delivery("b@x.example", hold="why"))
    await queue.enqueue(mail, lease_for=())
    assert depth() == (1, 0, 0, 1)
    (claimed,) = await queue.claim(HOP, NOW, 10)
    assert depth() == (0, 1, 0, 1)
    await queue.settle([settlement(mail.message, claimed.deliveries[0], TROUBLE, due=after(5))])
    assert depth() == (0, 0, 1, 1)
    await queue.refresh(NOW)
    assert depth() == (0, 0, 1, 1)
    await queue.claim(HOP, after(5), 10)
    assert depth() == (0, 1, 0, 1)


async def test_the_oldest_message_of_each_state_is_known(queue: Queue) -> None:
    assert queue.stats().oldest == {}
    mail = new_mail(queue)
    await queue.enqueue(mail, lease_for=())
    await queue.enqueue(new_mail(queue, new_delivery("b@x.example", hold="why")), lease_for=())
    await queue.refresh(NOW)
    assert queue.stats().oldest == {State.QUEUED: NOW, State.HELD: NOW}
    (claimed,) = await queue.claim(HOP, NOW, 10)
    await queue.refresh(after(60))
    assert queue.stats().oldest == {State.HELD: NOW}
    await queue.settle([settlement(mail.message, claimed.deliveries[0], TROUBLE, due=after(600))])
    await queue.refresh(after(120))
    assert queue.stats().oldest == {State.DEFERRED: NOW, State.HELD: NOW}


async def test_a_healthy_queue_says_so(queue: Queue) -> None:
    assert await queue.healthy()


async def test_what_is_not_due_yet_is_not_leased_and_waits_over_a_crash(reopen: Reopen, crash: Reopen) -> None:
    queue = await reopen()
    (held,) = await queue.enqueue(new_mail(queue, new_delivery("a@b.example", due=after(60))), lease_for={HOP})
    assert held.state is State.QUEUED
    left = await crash()
    assert left.next_due() == after(60)
    assert await names_claimed(left, 10, now=after(59)) == []
    assert await names_claimed(left, 10, now=after(60)) == ["a@b.example"]


async def test_urgent_mail_is_claimed_first_whoever_sent_it(queue: Queue) -> None:
    for priority in (0, -9, None, 9, 3):
        plain = new_mail(queue, new_delivery(f"p{priority}@b.example"))
        options = replace(plain.message.options, priority=priority)
        await queue.enqueue(replace(plain, message=replace(plain.message, options=options)), lease_for=())
    names = [name.partition("@")[0] for name in await names_claimed(queue, 10)]
    assert names == ["p9", "p3", "p0", "pNone", "p-9"]


async def test_mail_that_is_not_urgent_moves_in_a_flood_of_urgent_mail(queue: Queue) -> None:
    async def enqueue(name: str, priority: int) -> None:
        plain = new_mail(queue, new_delivery(f"{name}@b.example"), sender=f"{name}@client.example")
        options = replace(plain.message.options, priority=priority)
        await queue.enqueue(replace(plain, message=replace(plain.message, options=options)), lease_for=())

    await enqueue("low", 0)
    rounds = 0
    while True:
        for _ in range(4):
            await enqueue("flood", 1)
        rounds += 1
        if "low@b.example" in await names_claimed(queue, 4):
            break
        assert rounds < 100
    assert rounds > 1


async def test_mail_held_for_its_sender_is_no_old_mail(queue: Queue) -> None:
    await queue.enqueue(new_mail(queue, new_delivery("a@b.example", due=after(9000))), lease_for=())
    await queue.refresh(after(8000))
    assert State.QUEUED not in queue.stats().oldest
    await queue.refresh(after(9001))
    assert State.QUEUED in queue.stats().oldest
