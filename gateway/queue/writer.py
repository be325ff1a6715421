"""Group commit: one thread per shard drains all pending operations into one transaction.

The event loop hears of a batch by one call. A batch that the disk refuses fails as a whole and has changed nothing; a
batch with one bad operation is run again one by one, so that only the bad one fails.
"""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Generic, Protocol, TypeVar

from typing_extensions import override

from gateway.mail.units import Seconds
from gateway.queue.change import Change, apply
from gateway.queue.protocol import QueueUnavailable
from gateway.queue.shardfile import ShardFile
from gateway.storage.trouble import is_passing, is_trouble

MAX_BATCH = 512

COMPANY = 0.001
"""Seconds that a settlement may wait for an operation to share its commit with. A client waits for an enqueue; nobody
waits for a settlement, and under load the next enqueue takes it along."""

CommitObserver = Callable[[Seconds, int], None]
"""Told of each commit, on the writer's thread: how long it took, and how many operations it had."""

T = TypeVar("T")


class Operation(Protocol):
    """Something for the writer to do. `resolve` and `fail` are called on the event loop, after the commit."""

    writes: bool

    def run(self, shard: ShardFile) -> None:
        """Do it, as part of a transaction where it `writes`."""
        ...

    def resolve(self) -> None:
        """It is durable."""
        ...

    def fail(self, error: Exception) -> None:
        """It did not happen."""
        ...


class ChangeOperation(Operation):
    """An enqueue or a settlement. `committed` is called on the event loop before the caller goes on."""

    __slots__ = ("_committed", "change", "future")
    writes = True

    def __init__(self, change: Change, future: asyncio.Future[None], committed: Callable[[], None]) -> None:
        self.change = change
        self.future = future
        self._committed = committed

    @override
    def run(self, shard: ShardFile) -> None:
        apply(shard, (self.change,))

    @override
    def resolve(self) -> None:
        self._committed()
        if not self.future.done():
            self.future.set_result(None)

    @override
    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class JobOperation(Operation, Generic[T]):
    """A function of the shard. `committed` is called on the event loop with its result before the caller goes on."""

    __slots__ = ("_committed", "_function", "_result", "future", "writes")
    _result: T

    def __init__(
        self,
        function: Callable[[ShardFile], T],
        future: asyncio.Future[T],
        committed: Callable[[T], None],
        *,
        writes: bool,
    ) -> None:
        self.writes = writes
        self.future = future
        self._function = function
        self._committed = committed

    @override
    def run(self, shard: ShardFile) -> None:
        self._result = self._function(shard)

    @override
    def resolve(self) -> None:
        self._committed(self._result)
        if not self.future.done():
            self.future.set_result(self._result)

    @override
    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)


Report = tuple[Operation, Exception | None]


class Writer:
    """The thread, and the line in front of it. Made and used on an event loop."""

    def __init__(self, shard: ShardFile, observe: CommitObserver) -> None:
        self._shard = shard
        self._observe = observe
        self._loop = asyncio.get_running_loop()
        self._line: SimpleQueue[tuple[Operation, ...] | None] = SimpleQueue()
        self._gathered: list[Operation] = []
        self._flush_soon: asyncio.Handle | None = None
        self._flush_later: asyncio.TimerHandle | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="queue-writer", daemon=True)
        self._thread.start()

    def submit(self, operation: Operation) -> None:
        """Have it done, with all that is submitted in this turn of the loop. Raises QueueUnavailable after `stop`."""
        if self._closed:
            raise QueueUnavailable("the queue is closed")
        self._gathered.append(operation)
        if self._flush_soon is None:
            self._flush_soon = self._loop.call_soon(self.flush)

    def submit_patiently(self, operation: Operation) -> None:
        """Have it done with what is submitted next, or alone after `COMPANY`. Raises QueueUnavailable after `stop`."""
        if self._closed:
            raise QueueUnavailable("the queue is closed")
        self._gathered.append(operation)
        if self._flush_soon is None and self._flush_later is None:
            self._flush_later = self._loop.call_later(COMPANY, self.flush)

    def flush(self) -> None:
        """Hand over what was gathered: the thread is woken once for all of it."""
        for handle in (self._flush_soon, self._flush_later):
            if handle is not None:
                handle.cancel()
        self._flush_soon = self._flush_later = None
        if self._gathered:
            self._line.put(tuple(self._gathered))
            self._gathered.clear()

    def stop(self) -> None:
        """Do what is in the line, then end the thread. Blocks until then. `flush` comes before, on the loop."""
        if not self._closed:
            self._closed = True
            self._line.put(None)
        self._thread.join()

    def _run(self) -> None:
        batch: list[Operation] = []
        try:
            while True:
                batch = self._next_batch()
                if not batch:
                    break
                self._report(self._commit(batch))
                batch = []
        finally:
            self._closed = True
            if batch:
                self._report([(operation, QueueUnavailable("the queue's writer broke off")) for operation in batch])

    def _next_batch(self) -> list[Operation]:
        """What is in the line, at least one; empty at the end."""
        first = self._line.get()
        if first is None:
            return []
        batch = [*first]
        try:
            while len(batch) < MAX_BATCH:
                operations = self._line.get_nowait()
                if operations is None:
                    self._line.put(None)
                    break
                batch += operations
        except Empty:
            pass
        return batch

    def _commit(self, batch: Sequence[Operation]) -> list[Report]:
        error = self._transact(batch)
        if error is None or isinstance(error, QueueUnavailable) or len(batch) == 1:
            return [(operation, error) for operation in batch]
        return [(operation, self._transact((operation,))) for operation in batch]

    def _transact(self, batch: Sequence[Operation]) -> Exception | None:
        """Returns why nothing of it happened."""
        began = time.perf_counter()
        try:
            if any(operation.writes for operation in batch):
                with self._shard.transaction():
                    self._work(batch)
                self._observe(Seconds(time.perf_counter() - began), len(batch))
            else:
                self._work(batch)
        except (sqlite3.Error, OSError, ValueError, TypeError, OverflowError) as error:
            if not is_trouble(error):
                return ValueError(f"the queue cannot store this: {error}")
            if not is_passing(error):
                self._shard.reset()
            return QueueUnavailable(f"the queue cannot commit: {error}")
        return None

    def _work(self, batch: Sequence[Operation]) -> None:
        apply(self._shard, [operation.change for operation in batch if isinstance(operation, ChangeOperation)])
        for operation in batch:
            if not isinstance(operation, ChangeOperation):
                operation.run(self._shard)

    def _report(self, reports: Sequence[Report]) -> None:
        try:
            self._loop.call_soon_threadsafe(_tell, reports)
        except RuntimeError:
            # The loop is closed: the process is on its way out, and nobody waits for an answer.
            self._closed = True


def _tell(reports: Sequence[Report]) -> None:
    for operation, error in reports:
        if error is None:
            operation.resolve()
        else:
            operation.fail(error)
