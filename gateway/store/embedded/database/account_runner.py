"""The runner of one account: reads by the threads that read, writes by the writer."""

import asyncio
import sqlite3
from collections.abc import Callable
from typing import TypeVar

from typing_extensions import override

from gateway.auth.authenticator import AccountId
from gateway.mail.units import Timestamp
from gateway.store.config import MailboxConfig
from gateway.store.embedded.database.operation import JobOperation
from gateway.store.embedded.database.reader import Reader
from gateway.store.embedded.database.runner import Runner
from gateway.store.embedded.database.transaction import Transaction
from gateway.store.embedded.database.writer import Writer

T = TypeVar("T")


class AccountRunner(Runner):
    """Holds nothing open."""

    def __init__(self, account: AccountId, reader: Reader, writer: Writer, config: MailboxConfig) -> None:
        self._account = account
        self._reader = reader
        self._writer = writer
        self.config = config

    @override
    async def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        return await self._reader.read(self._account, job)

    @override
    async def write(self, job: Callable[[Transaction], T], now: Timestamp | None = None) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._writer.submit(self._account, JobOperation(job, now, future))
        return await future
