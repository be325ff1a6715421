"""The accounts' mail in a worker: the store, delivery into it, and its housekeeping by one of the workers."""

import asyncio
import fcntl
import os
from pathlib import Path
from typing import Final

from gateway.accounts.protocol import AccountsUnavailable, Directory
from gateway.app import clock
from gateway.app.observers import MailboxCounter
from gateway.app.tidying import tidy
from gateway.deliver.local.means import Means
from gateway.deliver.local.transport import MailboxTransport
from gateway.settings.config import Config
from gateway.storage.connection import open_lock
from gateway.storage.files import folder
from gateway.storage.migration import SchemaTooNew
from gateway.store.config import MailboxConfig
from gateway.store.embedded.hints import HostHints
from gateway.store.embedded.store import EmbeddedStore, open_store
from gateway.store.errors import StoreUnavailable
from gateway.telemetry.logs import Log
from gateway.telemetry.metrics import Metrics
from gateway.web.readiness import Readiness

TIDYING: Final = 10.0
"""Seconds between two pieces of housekeeping."""
_TROUBLE: Final = "the mailboxes cannot be written: is the disk full or read-only?"


class Mailboxes:
    """Of one worker. Opens no file before it is used; closed after the last delivery has ended."""

    def __init__(self, config: Config, directory: Directory, log: Log, metrics: Metrics) -> None:
        self.store: EmbeddedStore = open_store(config.data, config.mailboxes, clock.now, HostHints(config.data))
        counter = MailboxCounter(metrics)
        self.store.watch(counter.committed)
        self._means = Means(self.store, directory, config.mailboxes, clock.now, counter)
        self.transport = MailboxTransport(self._means)
        self._duty = Duty(config.data)
        self._config = config
        self._log = log

    def reload(self, config: MailboxConfig) -> None:
        """The configuration was read again."""
        self.store.reconfigure(config)
        self._means.adopt(config)

    async def readiness(self) -> Readiness:
        """Whether anything can be written."""
        return Readiness() if await self.store.healthy() else Readiness((_TROUBLE,))

    async def keep_tidy(self) -> None:
        """Run until cancelled."""
        while True:
            await asyncio.sleep(TIDYING)
            try:
                if self._duty.take():
                    await tidy(self._config, self.store, clock.now())
            except (OSError, StoreUnavailable, AccountsUnavailable, SchemaTooNew) as error:
                self._log.error("housekeeping of the mailboxes failed", why=str(error))

    async def close(self) -> None:
        """Finish what was begun."""
        await self.store.close()
        self._duty.leave()


class Duty:
    """Who tidies up: one process of the data folder, for as long as it lives."""

    def __init__(self, data: Path) -> None:
        self._path = data / "run" / "tidy.lock"
        self._lock: int | None = None

    def take(self) -> bool:
        """Whether it is ours. Raises OSError."""
        if self._lock is not None:
            return True
        folder(self._path.parent)
        lock = open_lock(self._path)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        self._lock = lock
        return True

    def leave(self) -> None:
        """Somebody else may do it."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
