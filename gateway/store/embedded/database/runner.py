"""Runs jobs on an account's database. A job is a function of a connection or a transaction, and knows no thread."""

import sqlite3
from collections.abc import Callable
from typing import Protocol, TypeVar

from gateway.mail.units import Timestamp
from gateway.store.embedded.database.transaction import Transaction

T = TypeVar("T")


class Runner(Protocol):
    """Of one account. Both raise StoreUnavailable, and whatever the job raises."""

    async def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """In a snapshot of its own: a job that asks twice sees the same. It holds up nobody who writes."""
        ...

    async def write(self, job: Callable[[Transaction], T], now: Timestamp | None = None) -> T:
        """In a savepoint of a transaction that others may share; returns when that is durable, and hints are out.

        `now`: the caller's; None: the engine's clock.
        """
        ...
