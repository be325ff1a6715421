"""The process that indexes: it follows the mail of all accounts, off the way of deliveries and sessions, with the least
claim to the processors.

It hears hints, and looks from time to time which accounts have changed, at first at all of them. An account that was
served rests for a moment, so that many deliveries are indexed together.
"""

import asyncio
import os
import signal
import sqlite3
from array import array
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.app import clock, index_pool
from gateway.auth.authenticator import AccountId
from gateway.mail.units import Seconds, Timestamp
from gateway.store.embedded.hints import HostHints
from gateway.store.embedded.index import damage
from gateway.store.embedded.index.follow import Added, Plan
from gateway.store.embedded.paths import accounts_in, folder_of
from gateway.store.model import ModSeq
from gateway.telemetry.keeper import keep, write_out
from gateway.telemetry.logs import Log
from gateway.telemetry.metrics import Metrics

NAME: Final = "gateway-index"
"""As ps(1) shows the process."""
LOOK: Final = Seconds(5)
"""Between two looks at all accounts, and the look itself takes at most a twentieth of the time."""
REST: Final = Seconds(0.5)
"""Until an account is served again, where only a few change."""
LONGEST_REST: Final = Seconds(5)
"""Where many do: what was not indexed yet is searched for in the messages themselves."""
PATIENCE: Final = Seconds(10)
"""So long an account that much comes into is left alone while it comes: the import needs the processors more."""
_FEW: Final = 8
"""Accounts."""
_NICE: Final = 19
_COMM: Final = Path("/proc/self/comm")

Stamp = tuple[int, ...]


@dataclass(slots=True)
class _Behind:
    """An account whose index does not know all of its mail."""

    since: Timestamp
    waiting: int = 0
    heard: float = 0.0
    """When the last hint came, on the loop's clock."""


class Indexer:
    """Of all accounts. `run` goes on until it is cancelled."""

    def __init__(self, data: Path, pool: ProcessPoolExecutor, processes: int, log: Log, metrics: Metrics) -> None:
        self._data = data
        self._pool = pool
        self._processes = processes
        self._log = log
        self._metrics = metrics.indexing
        self._room = asyncio.Semaphore(processes + 1)
        self._due: set[AccountId] = set()
        self._served: dict[AccountId, asyncio.Task[None]] = {}
        self._behind: dict[AccountId, _Behind] = {}
        self._seen: dict[AccountId, Stamp] = {}
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Raises what must not happen: then a new process is to begin anew."""
        for each in (self._metrics.messages, self._metrics.errors, self._metrics.rebuilds):
            each.at()
        looking = asyncio.create_task(self._look())
        try:
            await asyncio.wait((looking, self._broken), return_when=asyncio.FIRST_COMPLETED)
            await (looking if looking.done() else self._broken)
        finally:
            looking.cancel()
            for task in self._served.values():
                task.cancel()

    def heard(self, account: AccountId, _at: ModSeq) -> None:
        """It has changed."""
        self._due.add(account)
        self._behind.setdefault(account, _Behind(clock.now())).heard = asyncio.get_running_loop().time()
        if account not in self._served:
            task = asyncio.get_running_loop().create_task(self._serve(account))
            task.add_done_callback(self._ended)
            self._served[account] = task

    def measure(self) -> None:
        """How far behind the mail the index is."""
        now = clock.now()
        behind = self._behind.values()
        self._metrics.waiting.at().set(sum(max(each.waiting, 1) for each in behind))
        self._metrics.lag.at().set(max((now - each.since for each in behind), default=0.0))

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            stamps = await asyncio.to_thread(_stamps, self._data)
            for account, stamp in stamps.items():
                if self._seen.get(account) != stamp:
                    self.heard(account, ModSeq(0))
            self._seen = stamps
            await asyncio.sleep(max(LOOK, 20 * (loop.time() - began)))

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None and not self._broken.done():
            self._broken.set_exception(error)

    async def _serve(self, account: AccountId) -> None:
        while account in self._due:
            self._due.discard(account)
            async with self._room:
                await self._try(account)
            await asyncio.sleep(min(LONGEST_REST, REST * max(1.0, len(self._served) / _FEW)))
        del self._served[account]

    async def _try(self, account: AccountId) -> None:
        """Trouble with one account is no trouble of the others: it is tried again at the next look."""
        try:
            await self._catch_up(account)
        except (sqlite3.Error, OSError) as error:
            if folder_of(self._data, account).database.exists():
                self._metrics.errors.at().add()
                self._log.warning("index cannot follow", account=account, why=str(error))
            self._seen.pop(account, None)
        if account not in self._due:
            self._behind.pop(account, None)

    async def _catch_up(self, account: AccountId) -> None:
        loop = asyncio.get_running_loop()
        step = await loop.run_in_executor(self._pool, index_pool.step, self._data, account)
        made = step.plan
        if made.damage:
            self._metrics.rebuilds.at().add()
            self._log.warning("index is made anew", account=account, why=made.damage, messages=len(made.missing))
        if step.added is not None:
            self._count(account, step.added)
            return
        behind = self._behind.setdefault(account, _Behind(clock.now()))
        behind.since, behind.waiting = made.since or behind.since, len(made.missing)
        if loop.time() - behind.heard < REST and clock.now() - behind.since < PATIENCE:
            self._due.add(account)
            return
        await self._in_pieces(account, made, behind)
        await loop.run_in_executor(self._pool, index_pool.finish, self._data, account, made)

    async def _in_pieces(self, account: AccountId, made: Plan, behind: _Behind) -> None:
        pieces = _pieces(made.missing)
        loop = asyncio.get_running_loop()

        async def work() -> None:
            for piece in pieces:
                added = await loop.run_in_executor(self._pool, index_pool.index, self._data, account, piece)
                behind.waiting -= len(piece)
                self._count(account, added)

        async with asyncio.TaskGroup() as group:
            for _ in range(self._processes):
                group.create_task(work())

    def _count(self, account: AccountId, added: Added) -> None:
        self._metrics.messages.at().add(added.messages)
        if added.unreadable:
            self._metrics.errors.at().add(added.unreadable)
            self._log.warning("messages cannot be indexed", account=account, count=added.unreadable, why=added.why)


def work(data: Path, lifeline: int, log: Log, metrics: Metrics) -> None:
    """Be that process until told to stop, or until the supervisor is gone. Signals are blocked as in a worker."""
    os.nice(_NICE)
    _COMM.write_text(NAME, encoding="ascii")
    processes = len(os.sched_getaffinity(0))
    pool = index_pool.index_pool(processes)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        loop.add_signal_handler(signal.SIGTERM, stop.set)
        loop.add_signal_handler(signal.SIGINT, lambda: None)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT})
        loop.add_reader(lifeline, stop.set)
        hints = HostHints(data)
        indexer = Indexer(data, pool, processes, log, metrics)
        hints.watch_all(indexer.heard)
        tasks = [asyncio.create_task(each) for each in (indexer.run(), keep(metrics), _measure(indexer), stop.wait())]
        log.info("indexing", pid=os.getpid(), processes=processes)
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        hints.close()
        write_out(metrics)
        if not stop.is_set():
            for task in tasks:
                if task.done():
                    task.result()

    asyncio.run(main())


async def _measure(indexer: Indexer) -> None:
    while True:
        indexer.measure()
        await asyncio.sleep(1)


def _pieces(emails: "array[int]") -> Iterator["array[int]"]:
    for start in range(0, len(emails), index_pool.AT_ONCE):
        yield emails[start : start + index_pool.AT_ONCE]


def _stamps(data: Path) -> dict[AccountId, Stamp]:
    return {account: _stamp(data, account) for account in accounts_in(data)}


def _stamp(data: Path, account: AccountId) -> Stamp:
    """Another one once the account's mail has changed, or its index was found damaged or removed."""
    folder = folder_of(data, account)
    stamp = [int(bool(damage.reported(folder))), int(folder.index.exists())]
    for path in (folder.database, folder.database.with_name(f"{folder.database.name}-wal")):
        try:
            status = path.stat()
        except OSError:
            continue
        stamp += (status.st_mtime_ns, status.st_size)
    return tuple(stamp)
