"""What the embedded store costs: appends, and what is done to a mailbox of 100,000 messages.

`python -m benchmarks.store_cost [FOLDER]`: on a real disk, /var/tmp unless told. Time, CPU (of all threads, kernel
included), and for how long the event loop was kept from its work.
"""

import asyncio
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import TypeVar

import uvloop

from gateway.app import clock
from gateway.auth.authenticator import AccountId
from gateway.mail.octets import MemoryOctets
from gateway.mail.units import Timestamp
from gateway.store.actions import Action, Append, Copy, Expunge, Move, SetFlags, Which
from gateway.store.config import MailboxConfig
from gateway.store.embedded.hints import HostHints
from gateway.store.embedded.mail import EmbeddedMail
from gateway.store.embedded.store import EmbeddedStore, open_store
from gateway.store.flags import NONE, Flags, How, System
from gateway.store.model import EmailId, MailboxId, NewEmail, SortText
from gateway.store.uids import UidSet
from gateway.summary.model import Links, SortKeys, Summary

T = TypeVar("T")
MESSAGES = 100_000
BATCH = 500
WHOLE = UidSet(((1, MESSAGES),))
CASES = ((1, 2_000, 1, 300), (1, 2_000, 8, 2_000), (1, 2_000, 64, 6_000), (100, 2_000, 64, 3_000))
LARGER = ((1, 50_000, 1, 300), (1, 50_000, 64, 2_000), (100, 50_000, 64, 2_000))


def summary(number: int) -> Summary:
    keys = SortKeys(b"subject %d" % (number % 1000), b"alice", b"bob", b"", b"Alice", b"Bob")
    links = Links(number * 7919 + 1, ((number - 1) * 7919 + 1,) if number % 2 else (), answers=False)
    sent = Timestamp(1.7e9 + number)
    return Summary(b"(%s)" % (b"e" * 300), b"(%s)" % (b"s" * 150), "p" * 200, sent, keys, links, attached=False)


def new(size: int, number: int) -> NewEmail:
    octets = MemoryOctets(os.urandom(8) + b"x" * (size - 8))
    return NewEmail(octets, Timestamp(1.7e9 + number), Flags(), summary(number))


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def inbox(mail: EmbeddedMail) -> MailboxId:
    return (await mail.mailboxes.find("INBOX")).id


async def appends(store: EmbeddedStore, boxes: int, size: int, callers: int, count: int) -> None:
    mails = [store.mail(AccountId(number + 1)) for number in range(boxes)]
    targets = [(mail, await inbox(mail)) for mail in mails]
    numbers = iter(range(count))

    async def caller() -> None:
        for number in numbers:
            mail, mailbox = targets[number % boxes]
            token = f"{boxes}-{size}-{callers}-{number}"
            await mail.emails.carry_out([Append(mailbox, (new(size, number),), token)], clock.now())

    used, began = cpu(), time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    rate, each = count / (time.perf_counter() - began), (cpu() - used) / count * 1e6
    print(f"append to {boxes:3d} mailboxes, {size:5d} octets, {callers:2d} callers: {rate:6.0f}/s, {each:4.0f} µs CPU")


async def measured(what: str, work: Awaitable[T], count: int = 1) -> T:
    worst, over = 0.0, asyncio.Event()

    async def tick() -> None:
        nonlocal worst
        while not over.is_set():
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            worst = max(worst, time.perf_counter() - began - 0.001)

    ticker = asyncio.create_task(tick())
    await asyncio.sleep(0)
    used, began = cpu(), time.perf_counter()
    result = await work
    took, used = time.perf_counter() - began, cpu() - used
    over.set()
    await ticker
    each = f", {used / count * 1e6:.1f} µs CPU each" if count > 1 else ""
    print(f"{what:40s} {took * 1e3:7.1f} ms, {used * 1e3:7.1f} ms CPU, loop late by {worst * 1e3:4.1f} ms{each}")
    return result


async def large_mailbox(mail: EmbeddedMail) -> None:
    source, target = await inbox(mail), (await mail.mailboxes.find("Archive")).id

    async def fill() -> None:
        for start in range(0, MESSAGES, BATCH):
            emails = tuple(new(2_000, number) for number in range(start, start + BATCH))
            await mail.emails.carry_out([Append(source, emails)], clock.now())

    seen, keyword = Flags(System.SEEN), Flags(NONE, frozenset({"$Work"}))
    actions: tuple[tuple[str, Action], ...] = (
        ("STORE 1:* +FLAGS (\\Seen)", SetFlags(source, WHOLE, How.ADD, seen)),
        ("STORE 1:* again, nothing changes", SetFlags(source, WHOLE, How.ADD, seen)),
        ("STORE every other, a keyword", SetFlags(source, UidSet.of(range(1, MESSAGES, 2)), How.ADD, keyword)),
        ("STORE of one", SetFlags(source, UidSet(((77, 77),)), How.ADD, Flags(System.FLAGGED))),
        ("MOVE 10,000", Move(source, UidSet(((1, 10_000),)), target)),
        ("MOVE 10,000, every other", Move(source, UidSet.of(range(10_001, 30_001, 2)), target)),
        ("COPY 10,000", Copy(source, UidSet(((30_001, 40_000),)), target)),
        ("EXPUNGE 10,000", Expunge(source, UidSet(((50_001, 60_000),)), Which.ALL)),
        ("EXPUNGE 10,000, every other", Expunge(source, UidSet.of(range(60_001, 80_001, 2)), Which.ALL)),
    )
    await measured(f"append of {MESSAGES} in batches of {BATCH}", fill(), MESSAGES)
    emails = list((await measured("entries", mail.emails.entries(source))).emails)
    await measured("measures", mail.emails.measures(source))
    for what, action in actions:
        await measured(what, mail.emails.carry_out([action], clock.now()))
    subjects = mail.emails.sort_texts([EmailId(email) for email in emails[:10_000]], SortText.SUBJECT)
    await measured("sort texts of 10,000", subjects)
    await measured("links of 10,000", mail.emails.links([EmailId(email) for email in emails[:10_000]]))
    await measured("read 1,000", mail.emails.read([EmailId(email) for email in emails[:1_000]]))
    await measured("octets of 1,000", mail.emails.octets([EmailId(email) for email in emails[:1_000]]))


async def run(folder: Path) -> None:
    data = Path(tempfile.mkdtemp(dir=folder, prefix="store-cost-"))
    store = open_store(data, MailboxConfig(), clock.now, HostHints(data))
    try:
        for case in (*CASES, *LARGER):
            await appends(store, *case)
        await large_mailbox(store.mail(AccountId(1_000)))
    finally:
        await store.close()
        shutil.rmtree(data)


if __name__ == "__main__":
    uvloop.run(run(Path(sys.argv[1] if len(sys.argv) > 1 else "/var/tmp")))
