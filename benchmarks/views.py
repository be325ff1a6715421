"""What is done with large mailboxes: `python -m benchmarks.views [MESSAGES]…`, by default 100,000.

Of each: milliseconds, CPU time of all threads, and what CPU time the event loop spent at most before others had a turn
(time on the clock would count what else the machine does). Cold: nothing but the files
is there, though they are in the system's cache. Beside it what Dovecot 2.3 took at 100,000 messages.
"""

import asyncio
import gc
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from gateway.app import clock
from gateway.auth.authenticator import AccountId
from gateway.mail.octets import MemoryOctets
from gateway.mail.units import OctetCount, Seconds, Timestamp
from gateway.mailbox.changes import changed_since
from gateway.mailbox.reading import SummaryReading
from gateway.mailbox.search.marks import Flagged
from gateway.mailbox.search.numbers import Dated, When
from gateway.mailbox.search.query import Everything, Not, Query
from gateway.mailbox.search.run import Result, search
from gateway.mailbox.search.scope import Scope
from gateway.mailbox.search.text import Text
from gateway.mailbox.session_view import SessionView
from gateway.mailbox.sort.criteria import By, Key
from gateway.mailbox.sort.run import sort
from gateway.mailbox.thread.run import Algorithm, threads
from gateway.mailbox.tuning import Tuning
from gateway.mailbox.views import Views
from gateway.store.actions import Append, SetFlags
from gateway.store.config import MailboxConfig
from gateway.store.embedded.hints import HostHints
from gateway.store.embedded.index.follow import add, complete, plan
from gateway.store.embedded.index.texts import text_of
from gateway.store.embedded.paths import folder_of
from gateway.store.embedded.store import open_store
from gateway.store.flags import Flags, How, System
from gateway.store.model import MailboxId, ModSeq, NewEmail
from gateway.store.protocol.search import Field, Wanted
from gateway.store.protocol.store import Store
from gateway.store.uids import UidSet
from gateway.summary.model import Links, SortKeys, Summary

ACCOUNT: Final = AccountId(1)
START: Final = 1_600_000_000.0
DOVECOT: Final = {
    "open, warm": 0.2,
    "search UNSEEN": 6,
    "search SUBJECT": 228,
    "search BODY": 1151,
    "sort SUBJECT": 94,
    "thread REFERENCES": 573,
}
INDEXED: Final = 100_000
"""Larger mailboxes are not indexed here: it would take most of the time."""
console = Console(width=120)


def made(number: int) -> NewEmail:
    """One of conversations of five messages, from 5,000 senders."""
    topic, place = divmod(number, 5)
    subject = f"TOPIC {topic * 7919 % 1_000_003} ABOUT {topic % 97}".encode()
    sender = f"PERSON{number * 31 % 5_000}".encode()
    keys = SortKeys(subject, sender, b"LIST", b"", sender, b"LIST")
    own, first = number + 1, topic * 5 + 1
    links = Links(own, tuple(range(first, own)), answers=place > 0)
    when = Timestamp(START + number * 60 + number * 7919 % 3600)
    about = Summary(b"(NIL)", b"(NIL)", f"preview {number}", when, keys, links, number % 10 == 0)
    head = f"From: Person{number * 31 % 5_000} <p@home.example>\r\nSubject: Topic {topic} about {topic % 97}\r\n\r\n"
    body = f"This is message {number} of {'needle' if number % 50_000 == 7 else 'haystack'}, with some words in it.\r\n"
    system = System.SEEN if number % 20 else System(0)
    return NewEmail(MemoryOctets((head + body).encode()), when, Flags(system), about)


async def fill(store: Store, messages: int, account: AccountId = ACCOUNT) -> MailboxId:
    """INBOX of the account."""
    mail = store.mail(account)
    inbox = (await mail.mailboxes.find("INBOX")).id
    for start in range(0, messages, 5_000):
        emails = tuple(made(number) for number in range(start, min(start + 5_000, messages)))
        await mail.emails.carry_out([Append(inbox, emails)], clock.now())
    return inbox


class Bench:
    """On one mailbox."""

    def __init__(self, store: Store, inbox: MailboxId, messages: int) -> None:
        self._store = store
        self._inbox = inbox
        self._longest = 0.0
        self._mail = store.mail(ACCOUNT)
        self.views = Views(store, Tuning(idle_octets=OctetCount(1 << 40)))
        columns = "operation", "ms", "CPU ms", "loop at one time, ms", "Dovecot, ms"
        self.table = Table(*columns, title=f"{messages:,} messages")

    async def timed(self, name: str, work: Callable[[], Awaitable[object]]) -> None:
        """Do it once."""
        self._longest = 0.0
        ticking = asyncio.create_task(self._tick())
        await asyncio.sleep(0.005)
        start, used = time.perf_counter(), time.process_time()
        await work()
        took, used = time.perf_counter() - start, time.process_time() - used
        await asyncio.sleep(0.003)
        ticking.cancel()
        other = DOVECOT.get(name.partition(" (")[0], "")
        self.table.add_row(name, f"{took * 1000:.1f}", f"{used * 1000:.1f}", f"{self._longest * 1000:.1f}", str(other))

    async def _tick(self) -> None:
        while True:
            start = time.thread_time()
            await asyncio.sleep(0.001)
            self._longest = max(self._longest, time.thread_time() - start)

    async def open(self) -> SessionView:
        """A session on the mailbox."""
        return await self.views.open(ACCOUNT, self._inbox)

    async def found(self, session: SessionView, query: Query) -> tuple[Scope, Result]:
        """Search, and make UIDs of what was found."""
        scope = Scope(self._mail, session.view, session.upto, SummaryReading())
        result = await search(scope, query, Seconds(600))
        await result.uids()
        return scope, result

    async def sorted_by(self, session: SessionView, key: Key) -> None:
        """All of them."""
        scope, result = await self.found(session, Everything())
        await sort(scope, result, (By(key),))

    async def threaded(self, session: SessionView, algorithm: Algorithm) -> None:
        """All of them."""
        scope, result = await self.found(session, Everything())
        await threads(scope, result, algorithm)

    async def flag(self, session: SessionView, uids: UidSet, how: How) -> None:
        """Set a flag, and see it."""
        change = SetFlags(self._inbox, uids, how, Flags(System.FLAGGED))
        (result,) = await self._mail.emails.carry_out([change], clock.now())
        await self.views.reach(ACCOUNT, result.at)
        session.tell(expunges=True)

    async def arrive(self, session: SessionView, number: int) -> None:
        """One more message, and its telling."""
        (result,) = await self._mail.emails.carry_out([Append(self._inbox, (made(number),))], clock.now())
        await self.views.reach(ACCOUNT, result.at)
        session.tell(expunges=True)

    async def changes(self, session: SessionView, moment: int) -> None:
        """As QRESYNC asks."""
        await changed_since(self._mail, session, ModSeq(moment), None)


async def change(bench: Bench, session: SessionView, messages: int) -> None:
    """Flags, arrivals, and what a client asks for that comes back."""
    await bench.timed("flag one, and see it", lambda: bench.flag(session, UidSet.of([messages // 2]), How.ADD))
    await bench.timed("flag all, and see it", lambda: bench.flag(session, UidSet(((1, messages),)), How.ADD))
    moment = session.view.at
    await bench.timed("one arrives", lambda: bench.arrive(session, messages))
    await bench.timed("changes since", lambda: bench.changes(session, moment))


async def look_for(bench: Bench, session: SessionView, messages: int) -> None:
    """Searches, each twice."""
    middle = START + messages // 2 * 60
    queries: dict[str, Query] = {
        "UNSEEN": Not(Flagged(System.SEEN)),
        "date range": Dated(When.RECEIVED, Timestamp(middle), Timestamp(middle + 86400)),
    }
    if messages <= INDEXED:
        queries["SUBJECT"] = Text(Wanted("topic 4711", frozenset({Field.SUBJECT})))
        queries["BODY"] = Text(Wanted("needle", frozenset({Field.BODY})))
    for name, query in queries.items():
        await twice(bench, f"search {name}", partial(bench.found, session, query))


async def arrange(bench: Bench, session: SessionView, messages: int) -> None:
    """Sorts and threads, each twice, and once more after a message has come."""
    for key in (Key.DATE, Key.SUBJECT, Key.FROM):
        await twice(bench, f"sort {key.name}", partial(bench.sorted_by, session, key))
    for algorithm in Algorithm:
        await twice(bench, f"thread {algorithm.value}", partial(bench.threaded, session, algorithm))
    await bench.arrive(session, messages + 1)
    await bench.timed("sort SUBJECT (one more)", partial(bench.sorted_by, session, Key.SUBJECT))
    await bench.timed("thread REFERENCES (one more)", partial(bench.threaded, session, Algorithm.REFERENCES))


async def twice(bench: Bench, name: str, work: Callable[[], Awaitable[object]]) -> None:
    """The second time, what it needs is in memory."""
    await bench.timed(f"{name} (first)", work)
    await bench.timed(f"{name} (again)", work)


async def measure(folder: Path, messages: int) -> None:
    """All of it."""
    hints = HostHints(folder)
    store = open_store(folder, MailboxConfig(), clock.now, hints)
    inbox = await fill(store, messages)
    if messages <= INDEXED:
        await asyncio.to_thread(index, folder)
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    bench = Bench(store, inbox, messages)
    await bench.timed("open, cold", bench.open)
    await bench.timed("open, warm", bench.open)
    session = await bench.open()
    await change(bench, session, messages)
    await look_for(bench, session, messages)
    await arrange(bench, session, messages)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    console.print(bench.table)
    parts = ", ".join(f"{name} {column.weight / 1e6:.1f}" for name, column in session.view.columns.items())
    console.print(f"view {bench.views.weight / 1e6:.1f} MB ({parts}); process grew by {(after - before) / 1024:.0f} MB")
    await store.close()


def index(folder: Path) -> None:
    """As the gateway's indexer does, in this process."""
    account = folder_of(folder, ACCOUNT)
    made = plan(account)
    for start in range(0, len(made.missing), 4_096):
        add(account, made.missing[start : start + 4_096], text_of)
    complete(account, made)


def run(folder: Path, messages: int) -> None:
    """One size, in a folder of its own that goes afterwards."""
    made = Path(tempfile.mkdtemp(prefix="views-", dir=folder))
    try:
        asyncio.run(measure(made, messages))
    finally:
        shutil.rmtree(made)


def main() -> None:
    """Each size."""
    for messages in map(int, sys.argv[1:] or ["100000"]):
        run(Path(tempfile.gettempdir()), messages)


if __name__ == "__main__":
    main()
