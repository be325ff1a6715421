"""Threads that read. Each job has a snapshot of its own."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from gateway.auth.authenticator import AccountId
from gateway.store.embedded.database.account_files import AccountFiles
from gateway.store.errors import StoreUnavailable

T = TypeVar("T")
THREADS: Final = 4


class Reader:
    """Used on one event loop."""

    def __init__(self, files: AccountFiles) -> None:
        self._files = files
        self._closed = False
        self._threads = ThreadPoolExecutor(THREADS, "store-reader")

    async def read(self, account: AccountId, job: Callable[[sqlite3.Connection], T]) -> T:
        """Raises StoreUnavailable, and whatever the job raises."""
        if self._closed:
            raise StoreUnavailable("the store is closed")
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._work, account, job)

    async def stop(self) -> None:
        """Do what was begun, then end the threads."""
        self._closed = True
        await asyncio.to_thread(self._threads.shutdown)

    def _work(self, account: AccountId, job: Callable[[sqlite3.Connection], T]) -> T:
        with self._files.use(account) as file, file.reading(self._files.clock()) as connection:
            return job(connection)
