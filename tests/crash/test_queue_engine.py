"""The crash argument of docs/queue.md, tried out: the engine's process is killed (SIGKILL) at every line of its code.

A forked child carries a few messages through all states of the queue and writes down what it was promised. It counts
the lines of gateway/queue that it executes, in all its threads, and kills itself at the n-th. What it leaves is opened
again: nothing that was promised may be missing, and nothing may be there by half.
"""

import asyncio
import subprocess
import sys
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

import gateway.queue
from gateway.mail.address import NULL_PATH
from gateway.mail.message import Delivery, Message, State
from gateway.mail.units import Timestamp
from gateway.queue.config import QueueConfig
from gateway.queue.engine import EmbeddedQueue
from gateway.queue.selection import FINISHED, Selection
from gateway.queue.shards import open_shard
from gateway.queue.stored import Entry, stored_shards
from tests.contract.queue_support import (
    BODY,
    HOP,
    NOW,
    OTHER_HOP,
    REFUSED,
    SENT,
    TROUBLE,
    new_delivery,
    new_mail,
    settlement,
)
from tests.crash.every_line import Promise, Recorder, Victim

POINTS = 200
LARGE = b"large body\r\n" * 20_000

BODIES = {"one": BODY, "two": BODY, "large": LARGE, "sender": b"it failed"}


async def carry(data: Path, promise: Promise) -> None:
    """Every arrow of the state table, each followed by the promise that it makes."""
    queue = await open_shard(data, 0, QueueConfig(), NOW)
    promise("opened")
    first, second = await _accept(queue, promise)
    mail, (one, two) = first
    await queue.settle([settlement(mail, one, SENT)])
    promise("one delivered")
    report = new_mail(queue, new_delivery("sender@client.example", OTHER_HOP), sender=NULL_PATH, body=b"it failed")
    await queue.settle([settlement(mail, two, REFUSED)], [report])
    promise("two failed and reported")
    (claimed,) = await queue.claim(HOP, NOW, 10)
    await queue.settle([settlement(claimed.message, claimed.deliveries[0], TROUBLE, due=Timestamp(NOW + 60))])
    promise("large deferred")
    await queue.refresh(Timestamp(NOW + 1))
    (claimed,) = await queue.claim(HOP, Timestamp(NOW + 60), 10)
    await queue.settle([settlement(second, claimed.deliveries[0], SENT)])
    promise("large delivered")
    await queue.close()


async def _accept(queue: EmbeddedQueue, promise: Promise) -> tuple[tuple[Message, tuple[Delivery, ...]], Message]:
    mail = new_mail(queue, new_delivery("one@x.example"), new_delivery("two@x.example"))
    deliveries = await queue.enqueue(mail, lease_for={HOP})
    promise("small accepted")
    spool = queue.spool()
    for start in range(0, len(LARGE), 100_000):
        await spool.write(LARGE[start : start + 100_000])
    large = new_mail(queue, new_delivery("large@x.example"), body=await spool.finish())
    await queue.enqueue(large, lease_for=())
    promise("large accepted")
    return (mail.message, deliveries), large.message


def check(data: Path, promised: list[str]) -> None:
    """Open what was left, and hold it against the promises."""
    asyncio.run(_reopen(data))
    with stored_shards(data) as (shard,):
        waiting = {_name(entry): entry for entry in Selection().entries([shard])}
        finished = {_name(entry): entry.delivery.state for entry in Selection(states=FINISHED).entries([shard])}
        _check_promises(promised, waiting.keys(), finished)
        _check_wholeness(waiting.keys(), finished)
        for name, entry in waiting.items():
            octets = shard.octets(entry.delivery.id >> 16)
            assert octets is not None, "a delivery has lost its message"
            assert octets.read(0, len(octets)) == BODIES[name]
            assert entry.delivery.state in (State.QUEUED, State.DEFERRED), "nothing is leased by the dead"
    files = list((data / "queue" / "00" / "bodies").iterdir())
    assert len(files) == int("large" in waiting), "an orphan was left, or a body lost"


def _name(entry: Entry) -> str:
    return entry.delivery.recipient.address.local.text


def _check_promises(promised: list[str], waiting: AbstractSet[str], finished: Mapping[str, State]) -> None:
    """Nothing that was promised is missing."""
    known = waiting | finished.keys()
    for promise in promised:
        match promise:
            case "small accepted":
                assert {"one", "two"} <= known
            case "large accepted":
                assert "large" in known
            case "one delivered":
                assert finished["one"] is State.DELIVERED
            case "two failed and reported":
                assert finished["two"] is State.FAILED
            case "large delivered":
                assert finished["large"] is State.DELIVERED
            case _:
                assert promise in ("opened", "large deferred")


def _check_wholeness(waiting: AbstractSet[str], finished: Mapping[str, State]) -> None:
    """Nothing is there by half, or twice."""
    known = waiting | finished.keys()
    assert not waiting & finished.keys(), "waiting and finished"
    assert ("one" in known) == ("two" in known), "half of a message"
    assert ("sender" in waiting) == ("two" in finished), "a failure without its report, or the other way round"


async def _reopen(data: Path) -> None:
    queue = await open_shard(data, 0, QueueConfig(), Timestamp(NOW + 100))
    await queue.close()


def main(folder: Path) -> None:
    """Die at POINTS places."""
    promised = Victim(carry, (gateway.queue,)).killed_everywhere(folder, POINTS, check)
    assert promised[-1] == "large delivered"


def test_nothing_is_lost_and_nothing_is_there_by_half(tmp_path: Path, record_property: Recorder) -> None:
    command = [sys.executable, "-m", "tests.crash.test_queue_engine", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    record_property("last promise before each kill", done.stdout.strip())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
