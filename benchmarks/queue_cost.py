"""What the queue costs: `python -m benchmarks.queue_cost [--large N]`.

Enqueue and settle of 2 KB messages whose delivery succeeds at once, by 50 tasks, on uvloop with fsync: CPU of all
threads per message. With `--large N`, N messages for one next hop from one sender as well: what a claim costs then, how
long another sender's fresh message waits, how much memory the queue takes, how long opening takes.
"""

import argparse
import asyncio
import resource
import sqlite3
import tempfile
import time
from pathlib import Path

import uvloop

from gateway.mail.address import parse_address
from gateway.mail.codes import MESSAGE_OK, NO_ANSWER
from gateway.mail.envelope import Body, MailOptions, Recipient
from gateway.mail.message import Delivery, Message, State
from gateway.mail.origin import Origin
from gateway.mail.outcome import Deferred, Delivered, Outcome
from gateway.mail.reply import Reply
from gateway.mail.units import Timestamp
from gateway.queue import statements
from gateway.queue.config import QueueConfig
from gateway.queue.connection import connect
from gateway.queue.engine import EmbeddedQueue
from gateway.queue.opening import shard_path
from gateway.queue.protocol import NewDelivery, NewMail, Settlement
from gateway.queue.shards import open_shard

NOW = Timestamp(1_800_000_000.0)
HOP = "relay:legacy"
BODY = b"Subject: a\r\n\r\n" + b"x" * 76 + b"\r\n" + b"y" * 1900
ORIGIN = Origin("mx", "127.0.0.1", "client.example", trusted=True)
SENT = Delivered("127.0.0.1:2526", Reply(250, MESSAGE_OK, ("queued as 4711",)), ("SMTPUTF8 not sent",))
TASKS = 50


def mail(queue: EmbeddedQueue, sender: str, hop: str = HOP) -> NewMail:
    message = Message(
        queue.new_id(NOW),
        NOW,
        parse_address(sender),
        MailOptions(Body.EIGHTBITMIME, smtputf8=True),
        ORIGIN,
        len(BODY),
        "<1234567890@client.example>",
    )
    recipient = Recipient(parse_address("recipient@legacy.example"))
    return NewMail(message, BODY, (NewDelivery(recipient, hop, "legacy", NOW),))


def settlement(message: Message, delivery: Delivery, outcome: Outcome, state: State) -> Settlement:
    return Settlement(message.id, delivery.id, outcome, NOW, state, Timestamp(NOW + 300), HOP, "legacy")


async def relay(queue: EmbeddedQueue, count: int) -> None:
    for _ in range(count):
        new = mail(queue, "sender@client.example")
        (delivery,) = await queue.enqueue(new, lease_for=(HOP,))
        await queue.settle([settlement(new.message, delivery, SENT, State.DELIVERED)])


async def throughput(queue: EmbeddedQueue, count: int) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    async with asyncio.TaskGroup() as group:
        for _ in range(TASKS):
            group.create_task(relay(queue, count // TASKS))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"enqueue + settle, 2 KB: {cpu / count * 1e6:6.1f} us CPU a message, {count / wall:6.0f} messages/s")


async def claims(queue: EmbeddedQueue, rounds: int, limit: int) -> None:
    trouble = Deferred(NO_ANSWER, "no answer")
    wall, cpu, count = time.perf_counter(), time.process_time(), 0
    for _ in range(rounds):
        claimed = await queue.claim(HOP, NOW, limit)
        settlements = [settlement(c.message, d, trouble, State.DEFERRED) for c in claimed for d in c.deliveries]
        await queue.settle(settlements)
        count += len(settlements)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"claim {limit} + defer: {wall / rounds * 1e3:6.2f} ms a round, {cpu / count * 1e6:6.1f} us CPU a delivery")


async def fill(queue: EmbeddedQueue, count: int) -> None:
    began = time.perf_counter()
    for start in range(0, count, 5000):
        await asyncio.gather(
            *(queue.enqueue(mail(queue, "bulk@client.example"), lease_for=()) for _ in range(min(5000, count - start)))
        )
    print(f"{count} messages queued in {time.perf_counter() - began:.1f} s")


async def fairness(queue: EmbeddedQueue) -> None:
    fresh = mail(queue, "other@client.example")
    await queue.enqueue(fresh, lease_for=())
    rounds = 1
    while all(one.message.id != fresh.message.id for one in await queue.claim(HOP, NOW, 50)):
        rounds += 1
    print(f"another sender's fresh message was claimed in round {rounds}")


def plans(data: Path) -> None:
    connection = connect(shard_path(data, 0), lock_timeout=QueueConfig().lock_timeout)
    for statement in (statements.SELECT_READY, statements.SELECT_DUE, statements.SELECT_NEXT_WAITING):
        count = statement.count("?")
        plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", ("x",) * count).fetchall()
        print("  plan:", "; ".join(row[3] for row in plan))
    connection.close()


def resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


async def large(data: Path, count: int) -> None:
    before = resident()
    queue = await open_shard(data, 0, QueueConfig(), NOW)
    await fill(queue, count)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"memory: {resident() - before:+.0f} MB, peak {peak:.0f} MB")
    await fairness(queue)
    await claims(queue, 20, 50)
    await queue.close()
    began = time.perf_counter()
    queue = await open_shard(data, 0, QueueConfig(), NOW)
    print(f"opened in {time.perf_counter() - began:.2f} s: {dict(queue.stats().depth)}")
    began = time.perf_counter()
    await queue.refresh(NOW)
    print(f"counted again in {time.perf_counter() - began:.2f} s")
    await queue.close()
    plans(data)


async def run(options: argparse.Namespace) -> None:
    print(f"SQLite {sqlite3.sqlite_version}, {TASKS} tasks")
    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        queue = await open_shard(Path(folder), 0, QueueConfig(), NOW)
        await throughput(queue, 2000)
        await throughput(queue, options.count)
        await queue.close()
    for count in (1000, options.large):
        if count:
            with tempfile.TemporaryDirectory(dir=options.dir) as folder:
                await large(Path(folder), count)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000, help="messages for the throughput")
    parser.add_argument("--large", type=int, default=0, help="messages in the large queue")
    parser.add_argument("--dir", default=".", help="where the data lies")
    uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
