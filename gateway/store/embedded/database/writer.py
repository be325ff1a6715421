"""Group commit: what is pending for an account becomes one transaction; a few threads write, an account each.

The event loop hears of a batch by one call. A batch that the disk refuses fails as a whole and has changed nothing.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Final

from gateway.auth.authenticator import AccountId
from gateway.store.embedded.database.account_files import AccountFiles
from gateway.store.embedded.database.operation import Operation, fail_all, settle_all, succeed_all
from gateway.store.embedded.hints import HostHints
from gateway.store.errors import StoreUnavailable
from gateway.store.model import ModSeq

THREADS: Final = 12
"""They mostly wait for the disk, which does many fsyncs at once in hardly more time than one."""
MAX_BATCH: Final = 256


Committed = Callable[[float, int], None]
"""Told, on the event loop, of each commit: how many seconds it took, and how many operations were in it."""


class _Line:
    """What is pending for an account. It is in the queue, or with a thread, or (empty) forgotten."""

    __slots__ = ("account", "pending")

    def __init__(self, account: AccountId) -> None:
        self.account = account
        self.pending: deque[Operation] = deque()

    def batch(self) -> list[Operation]:
        """What is to be done together, oldest first."""
        return [self.pending.popleft() for _ in range(min(len(self.pending), MAX_BATCH))]


@dataclass(slots=True)
class _Done:
    """What came of a batch."""

    account: AccountId
    batch: list[Operation]
    at: ModSeq | None = None
    """The account's new state; None: it is as before."""
    took: float = 0.0
    """Seconds."""


class Writer:
    """The threads, and the lines in front of them. Used on one event loop."""

    def __init__(self, files: AccountFiles, hints: HostHints) -> None:
        self.committed: Committed = lambda _took, _operations: None
        self._files = files
        self._hints = hints
        self._turn = threading.Lock()
        self._idle = threading.Condition(self._turn)
        self._lines: dict[AccountId, _Line] = {}
        self._ready: SimpleQueue[_Line | None] = SimpleQueue()
        self._gathered: list[_Line] = []
        self._threads: list[threading.Thread] = []
        self._closed = False

    def submit(self, account: AccountId, operation: Operation) -> None:
        """Have it done, with all that is submitted for the account in this turn of the loop.

        Raises StoreUnavailable after `stop`.
        """
        if self._closed:
            raise StoreUnavailable("the store is closed")
        with self._turn:
            line = self._lines.get(account)
            fresh = line is None
            if line is None:
                line = self._lines[account] = _Line(account)
            line.pending.append(operation)
        if fresh:
            if not self._gathered:
                asyncio.get_running_loop().call_soon(self._flush)
            self._gathered.append(line)

    async def stop(self) -> None:
        """Do what is pending, then end the threads."""
        self._closed = True
        self._flush()
        await asyncio.to_thread(self._end)

    def _flush(self) -> None:
        gathered, self._gathered = self._gathered, []
        if gathered and not self._threads:
            self._start(asyncio.get_running_loop())
        for line in gathered:
            self._ready.put(line)

    def _end(self) -> None:
        with self._idle:
            self._idle.wait_for(lambda: not self._lines)
        for _ in self._threads:
            self._ready.put(None)
        for thread in self._threads:
            thread.join()

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._hints.work_on(loop)
        for number in range(THREADS):
            name = f"store-writer-{number}"
            self._threads.append(threading.Thread(target=self._run, args=(loop,), name=name, daemon=True))
            self._threads[-1].start()

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        while (line := self._ready.get()) is not None:
            with self._turn:
                batch = line.batch()
            began = time.monotonic()
            done = _Done(line.account, batch)
            try:
                done.at = self._commit(line.account, batch)
            finally:
                done.took = time.monotonic() - began
                self._pass_on(line)
                heard = self._tell(loop, done)
            if not heard:
                break

    def _pass_on(self, line: _Line) -> None:
        """To its next batch, or to be forgotten."""
        with self._turn:
            if line.pending:
                self._ready.put(line)
            else:
                del self._lines[line.account]
                self._idle.notify_all()

    def _commit(self, account: AccountId, batch: list[Operation]) -> ModSeq | None:
        """The account's new state. Whatever breaks it off: nobody is told that something happened which did not."""
        fail_all(batch, StoreUnavailable("the store's writer broke off"))
        try:
            with self._files.use(account) as file:
                at = file.commit(batch, self._files.clock())
        except StoreUnavailable as error:
            fail_all(batch, error)
            return None
        succeed_all(batch)
        return at

    def _tell(self, loop: asyncio.AbstractEventLoop, done: _Done) -> bool:
        """False: the loop is closed, the process is on its way out, and nobody waits for an answer."""
        try:
            loop.call_soon_threadsafe(self._settle, done)
        except RuntimeError:
            self._hint(done)
            return False
        return True

    def _settle(self, done: _Done) -> None:
        """Hints are out before anybody goes on; but whoever did it hears what came of it before hints come round, and
        need not look then."""
        self.committed(done.took, len(done.batch))
        settle_all(done.batch)
        self._hint(done)

    def _hint(self, done: _Done) -> None:
        if done.at is not None:
            self._hints.tell(done.account, done.at)
