"""A job on its way through the writer: done in a savepoint, settled on the event loop after the commit."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Protocol, TypeVar

from typing_extensions import override

from gateway.mail.units import Timestamp
from gateway.storage.trouble import is_trouble
from gateway.store.embedded.database.transaction import Transaction

T = TypeVar("T")


class Operation(Protocol):
    """What the writer knows of a job."""

    now: Timestamp | None

    def run(self, transaction: Transaction) -> None:
        """Do it, or keep why it could not be done. Raises only what is the disk's fault: then nothing was done."""
        ...

    def fail(self, error: Exception) -> None:
        """Nothing of the transaction happened."""
        ...

    def succeed(self) -> None:
        """The transaction is durable; whether the operation is part of it, `run` found out."""
        ...

    def settle(self) -> None:
        """On the event loop: its fate is known."""
        ...


class JobOperation(Operation, Generic[T]):
    """A job that somebody waits for."""

    __slots__ = ("_error", "_job", "_refusal", "_result", "future", "now")
    _result: T

    def __init__(self, job: Callable[[Transaction], T], now: Timestamp | None, future: asyncio.Future[T]) -> None:
        self.now = now
        self.future = future
        self._job = job
        self._error: Exception | None = None
        self._refusal: Exception | None = None

    @override
    def run(self, transaction: Transaction) -> None:
        before = _Moment.of(transaction)
        if not transaction.alone:
            transaction.connection.execute("SAVEPOINT operation")
        fate = _Fate()
        with fate:
            self._result = self._job(transaction)
        self._refusal = fate.error
        if fate.error is not None:
            if is_trouble(fate.error):
                raise fate.error
            _undo(transaction)
            before.restore(transaction)
        if not transaction.alone:
            transaction.connection.execute("RELEASE operation")

    @override
    def fail(self, error: Exception) -> None:
        self._error = error

    @override
    def succeed(self) -> None:
        self._error = self._refusal

    @override
    def settle(self) -> None:
        if self.future.done():
            return
        if self._error is None:
            self.future.set_result(self._result)
        else:
            self.future.set_exception(self._error)


@dataclass(slots=True)
class _Fate:
    """Keeps what a job raises for whoever waits for the job: the writer's thread does not wait for it."""

    error: Exception | None = None

    def __enter__(self) -> None:
        """Nothing has happened yet."""

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> bool:
        if isinstance(error, Exception):
            self.error = error
        return isinstance(error, Exception)


@dataclass(frozen=True, slots=True)
class _Moment:
    """What of a transaction is not in the database."""

    seq: int
    adopted: int
    doomed: int

    @classmethod
    def of(cls, transaction: Transaction) -> "_Moment":
        return cls(transaction.seq, len(transaction.adopted), len(transaction.doomed))

    def restore(self, transaction: Transaction) -> None:
        transaction.seq = self.seq
        del transaction.adopted[self.adopted :]
        del transaction.doomed[self.doomed :]


def _undo(transaction: Transaction) -> None:
    """What the operation did; one that is alone has no savepoint."""
    if transaction.alone:
        transaction.connection.execute("ROLLBACK")
        transaction.connection.execute("BEGIN IMMEDIATE")
    else:
        transaction.connection.execute("ROLLBACK TO operation")


def fail_all(operations: Sequence[Operation], error: Exception) -> None:
    """Nothing of any of them happened."""
    for operation in operations:
        operation.fail(error)


def succeed_all(operations: Sequence[Operation]) -> None:
    """What they were part of is durable."""
    for operation in operations:
        operation.succeed()


def settle_all(operations: Sequence[Operation]) -> None:
    """On the event loop."""
    for operation in operations:
        operation.settle()
