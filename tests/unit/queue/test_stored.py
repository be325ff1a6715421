"""What operators do to a queue from outside, while its owner works on it."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.mail.address import NULL_PATH
from gateway.mail.message import State
from gateway.mail.units import Seconds
from gateway.queue.config import QueueConfig
from gateway.queue.engine import EmbeddedQueue
from gateway.queue.selection import FINISHED, Selection
from gateway.queue.shards import open_shard
from gateway.queue.stored import Entry, StoredShard, stored_shards
from tests.contract.queue_support import (
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

ALL = Selection()
FINISHED_ONLY = Selection(states=FINISHED)


@pytest.fixture
async def queue(tmp_path: Path) -> AsyncIterator[EmbeddedQueue]:
    queue = await open_shard(tmp_path, 0, QueueConfig(), NOW)
    await queue.refresh(NOW)
    yield queue
    await queue.close()


@pytest.fixture
def shard(queue: EmbeddedQueue, tmp_path: Path) -> Iterator[StoredShard]:
    with stored_shards(tmp_path) as (shard,):
        assert shard.number == queue.number
        yield shard


def _entries(shard: StoredShard, selection: Selection = ALL) -> list[Entry]:
    return list(selection.entries([shard]))


async def test_an_entry_tells_all_of_a_delivery(queue: EmbeddedQueue, shard: StoredShard) -> None:
    mail = new_mail(queue, new_delivery("a@x.example"), new_delivery("b@x.example", hold="quarantine"))
    first, second = await queue.enqueue(mail, lease_for={HOP})
    entries = _entries(shard)
    assert [entry.delivery for entry in entries] == [first, second]
    assert [entry.name for entry in entries] == [f"{mail.message.id}/1", f"{mail.message.id}/2"]
    assert {entry.message for entry in entries} == {mail.message}


async def test_attempts_and_the_last_outcome_are_the_history(queue: EmbeddedQueue, shard: StoredShard) -> None:
    mail = new_mail(queue)
    (delivery,) = await queue.enqueue(mail, lease_for={HOP})
    await queue.settle([settlement(mail.message, delivery, TROUBLE)])
    await queue.claim(HOP, NOW, 1)
    await queue.settle([replace(settlement(mail.message, delivery, SENT), at=after(60))])
    assert _entries(shard) == []
    (entry,) = _entries(shard, FINISHED_ONLY)
    assert (entry.delivery.state, entry.delivery.attempts, entry.finished) == (State.DELIVERED, 2, after(60))
    assert entry.delivery.last_reply == "250 2.0.0 queued"
    attempts = shard.attempts(delivery.id)
    assert [(attempt.at, attempt.outcome) for attempt in attempts] == [(NOW, TROUBLE), (after(60), SENT)]
    assert attempts[1].needs == ("SMTPUTF8",)


async def test_history_is_swept_by_age(queue: EmbeddedQueue, shard: StoredShard) -> None:
    for seconds in (0, 100):
        mail = new_mail(queue)
        (delivery,) = await queue.enqueue(mail, lease_for={HOP})
        await queue.settle([replace(settlement(mail.message, delivery, TROUBLE), at=after(seconds))])
        await queue.claim(HOP, NOW, 1)
        await queue.settle([replace(settlement(mail.message, delivery, SENT), at=after(seconds))])
    await queue.refresh(after(QueueConfig().history + 50))
    (entry,) = _entries(shard, FINISHED_ONLY)
    assert entry.finished == after(100)
    assert len(shard.attempts(entry.delivery.id)) == 2


async def test_history_is_swept_by_number(tmp_path: Path) -> None:
    queue = await open_shard(tmp_path, 0, QueueConfig(history_rows=3), NOW)
    for seconds in range(5):
        mail = new_mail(queue)
        (delivery,) = await queue.enqueue(mail, lease_for={HOP})
        await queue.settle([replace(settlement(mail.message, delivery, SENT), at=after(seconds))])
    await queue.refresh(after(10))
    with stored_shards(tmp_path) as (shard,):
        assert [entry.finished for entry in _entries(shard, FINISHED_ONLY)] == [after(2), after(3), after(4)]
    await queue.close()


async def test_retry_makes_a_waiting_delivery_due_at_once(queue: EmbeddedQueue, shard: StoredShard) -> None:
    mail = new_mail(queue)
    (delivery,) = await queue.enqueue(mail, lease_for={HOP})
    await queue.settle([settlement(mail.message, delivery, TROUBLE, due=after(9999))])
    assert hops(queue, after(1)) == []
    assert shard.retry([delivery.id], NOW) == 1
    assert await queue.refresh(NOW)
    assert hops(queue) == [HOP]
    assert len(await names_claimed(queue, 1)) == 1


async def test_a_held_delivery_waits_for_its_release(queue: EmbeddedQueue, shard: StoredShard) -> None:
    (delivery,) = await queue.enqueue(new_mail(queue), lease_for=())
    assert shard.hold([delivery.id], "asked Jo") == 1
    await queue.refresh(NOW)
    assert (hops(queue), queue.stats().depth[State.HELD]) == ([], 1)
    (entry,) = _entries(shard)
    assert (entry.delivery.state, entry.delivery.hold_reason) == (State.HELD, "asked Jo")
    assert shard.retry([delivery.id], NOW) == 0
    assert shard.release([delivery.id], NOW) == 1
    await queue.refresh(NOW)
    assert len(await names_claimed(queue, 1)) == 1


async def test_a_drop_is_the_end(queue: EmbeddedQueue, shard: StoredShard) -> None:
    mail = new_mail(queue, new_delivery("a@x.example"), new_delivery("b@x.example"))
    first, second = await queue.enqueue(mail, lease_for=())
    assert shard.drop([first.id], NOW) == 1
    assert await queue.octets(mail.message.id) is not None
    assert shard.drop([second.id, first.id], NOW) == 1
    assert await queue.octets(mail.message.id) is None
    await queue.refresh(NOW)
    assert hops(queue) == []
    assert [entry.delivery.state for entry in _entries(shard, FINISHED_ONLY)] == [State.DROPPED, State.DROPPED]


async def test_a_dropped_large_body_is_removed(queue: EmbeddedQueue, shard: StoredShard) -> None:
    spool = queue.spool()
    await spool.write(b"x" * 100_000)
    body = await spool.finish()
    (delivery,) = await queue.enqueue(new_mail(queue, body=body), lease_for=())
    assert body.path.exists()
    shard.drop([delivery.id], NOW)
    assert not body.path.exists()


async def test_drop_of_a_leased_delivery_wins_over_a_failure_and_its_report(
    queue: EmbeddedQueue, shard: StoredShard
) -> None:
    mail = new_mail(queue)
    (delivery,) = await queue.enqueue(mail, lease_for={HOP})
    assert shard.drop([delivery.id], NOW) == 1
    assert _entries(shard)[0].ordered == "drop"
    report = new_mail(queue, new_delivery("s@client.example", OTHER_HOP), sender=NULL_PATH)
    await queue.settle([settlement(mail.message, delivery, REFUSED)], [report])
    assert [entry.delivery.state for entry in _entries(shard, FINISHED_ONLY)] == [State.DROPPED]
    assert (_entries(shard), hops(queue)) == ([], [])


async def test_drop_of_a_leased_delivery_comes_too_late_for_what_was_delivered(
    queue: EmbeddedQueue, shard: StoredShard
) -> None:
    mail = new_mail(queue)
    (delivery,) = await queue.enqueue(mail, lease_for={HOP})
    shard.drop([delivery.id], NOW)
    await queue.settle([settlement(mail.message, delivery, SENT)])
    assert [entry.delivery.state for entry in _entries(shard, FINISHED_ONLY)] == [State.DELIVERED]


async def test_reports_about_other_deliveries_of_a_call_are_kept(queue: EmbeddedQueue, shard: StoredShard) -> None:
    mail = new_mail(queue, new_delivery("a@x.example"), new_delivery("b@x.example"))
    first, second = await queue.enqueue(mail, lease_for={HOP})
    shard.drop([first.id], NOW)
    report = new_mail(queue, new_delivery("s@client.example", OTHER_HOP), sender=NULL_PATH)
    await queue.settle([settlement(mail.message, each, REFUSED) for each in (first, second)], [report])
    assert hops(queue) == [OTHER_HOP]
    assert [e.delivery.state for e in _entries(shard, FINISHED_ONLY)] == [State.DROPPED, State.FAILED]


async def test_hold_of_a_leased_delivery_is_obeyed_after_its_attempt(queue: EmbeddedQueue, shard: StoredShard) -> None:
    mail = new_mail(queue)
    (delivery,) = await queue.enqueue(mail, lease_for={HOP})
    assert shard.hold([delivery.id], "asked Jo") == 1
    await queue.settle([settlement(mail.message, delivery, TROUBLE, due=after(5))])
    (entry,) = _entries(shard)
    assert (entry.delivery.state, entry.delivery.hold_reason, entry.delivery.attempts) == (State.HELD, "asked Jo", 1)
    assert queue.next_due() is None
    assert queue.stats().depth[State.HELD] == 1


async def test_a_hold_can_be_taken_back_while_the_attempt_goes_on(queue: EmbeddedQueue, shard: StoredShard) -> None:
    mail = new_mail(queue)
    (delivery,) = await queue.enqueue(mail, lease_for={HOP})
    shard.hold([delivery.id], "asked Jo")
    assert shard.release([delivery.id], NOW) == 1
    await queue.settle([settlement(mail.message, delivery, TROUBLE, due=after(5))])
    assert queue.next_due() == after(5)


async def test_orders_for_leased_deliveries_outlive_their_owner(tmp_path: Path) -> None:
    queue = await open_shard(tmp_path, 0, QueueConfig(), NOW)
    mail = new_mail(queue, new_delivery("a@x.example"), new_delivery("b@x.example"), new_delivery("c@x.example"))
    first, second, _ = await queue.enqueue(mail, lease_for={HOP})
    with stored_shards(tmp_path) as (shard,):
        shard.drop([first.id], NOW)
        shard.hold([second.id], "asked Jo")
        await queue.close()
        queue = await open_shard(tmp_path, 0, QueueConfig(), NOW)
        assert await names_claimed(queue, 10) == ["c@x.example"]
        assert [entry.delivery.state for entry in _entries(shard)] == [State.HELD, State.LEASED]
        assert [entry.delivery.state for entry in _entries(shard, FINISHED_ONLY)] == [State.DROPPED]
    await queue.close()


async def test_more_than_one_transactions_worth_is_changed(queue: EmbeddedQueue, shard: StoredShard) -> None:
    many = [new_delivery(f"{number}@x.example") for number in range(1200)]
    deliveries = await queue.enqueue(new_mail(queue, *many), lease_for=())
    assert shard.hold([each.id for each in deliveries], "all") == 1200
    assert len(_entries(shard, Selection(states=frozenset((State.HELD,))))) == 1200


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(recipient="A@X.EXAMPLE"), "a"),
        (Selection(recipient="*@x.example"), "ab"),
        (Selection(recipient="jörg@bücher.example"), "j"),
        (Selection(recipient="jörg@xn--bcher-kva.example"), "j"),
        (Selection(sender="sender@*"), "ab"),
        (Selection(sender="<>"), "j"),
        (Selection(domain="xn--bcher-kva.example"), "j"),
        (Selection(domain="Bücher.example"), "j"),
        (Selection(domain="*.example"), "abj"),
        (Selection(domain="not a domain"), ""),
        (Selection(route="leg*"), "abj"),
        (Selection(route="other"), ""),
        (Selection(states=frozenset((State.HELD,))), "b"),
        (Selection(recipient="*@x.example", states=frozenset((State.HELD, State.DROPPED))), "b"),
    ],
)
async def test_selection(queue: EmbeddedQueue, shard: StoredShard, selection: Selection, expected: str) -> None:
    await queue.enqueue(
        new_mail(queue, new_delivery("a@x.example"), new_delivery("b@x.example", hold="why")), lease_for=()
    )
    await queue.enqueue(new_mail(queue, new_delivery("jörg@bücher.example"), sender=NULL_PATH), lease_for=())
    assert "".join(str(entry.delivery.recipient.address)[0] for entry in _entries(shard, selection)) == expected


async def test_selection_by_name(queue: EmbeddedQueue, shard: StoredShard) -> None:
    mails = [new_mail(queue, new_delivery("a@x.example"), new_delivery("b@x.example")) for _ in range(3)]
    for mail in mails:
        await queue.enqueue(mail, lease_for=())
    ids = [mail.message.id for mail in mails]
    names = [entry.name for entry in _entries(shard, Selection((ids[0], f"{ids[2].upper()}/2")))]
    assert names == [f"{ids[0]}/1", f"{ids[0]}/2", f"{ids[2]}/2"]


async def test_octets_are_readable_from_outside(queue: EmbeddedQueue, shard: StoredShard) -> None:
    mail = new_mail(queue)
    await queue.enqueue(mail, lease_for=())
    octets = shard.octets(_entries(shard)[0].delivery.id >> 16)
    assert octets is not None
    assert octets.read(0, 1000) == mail.body


async def test_an_attempt_under_way_is_not_held_up_for_long_by_the_lock(tmp_path: Path) -> None:
    config = QueueConfig(lock_timeout=Seconds(0.05))
    queue = await open_shard(tmp_path, 0, config, NOW)
    with stored_shards(tmp_path) as (shard,), shard._file.transaction():
        assert not await queue.healthy()
    assert await queue.healthy()
    await queue.close()


async def test_a_long_list_is_read_in_pages_and_holds_nothing_up(queue: EmbeddedQueue, shard: StoredShard) -> None:
    """Somebody may read it in a pager all day: meanwhile the owner's log must not grow for ever."""
    many = [new_delivery(f"r{number}@x.example") for number in range(2500)]
    mail = new_mail(queue, *many)
    delivered = await queue.enqueue(mail, lease_for={HOP})
    entries = shard.entries()
    first = next(entries)
    busy: tuple[int, int, int] = queue._shard.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert busy[0] == 0
    assert [first.delivery, *(entry.delivery for entry in entries)] == list(delivered)
    await queue.settle([settlement(mail.message, each, SENT) for each in delivered])
    assert [entry.delivery.id for entry in shard.finished()] == [each.id for each in delivered]
