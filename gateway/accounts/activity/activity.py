"""The activity of one worker: counts and records in memory, exchanged with the other workers about once a second.

Everything but `flush` answers from memory. What others have counted is seen after their flush and ours.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from gateway.accounts.activity.familiar import Places
from gateway.accounts.activity.guard import Familiar, Guard
from gateway.accounts.activity.meter import SharedMeter
from gateway.accounts.activity.network import networks
from gateway.accounts.activity.records import Ledger, LoginAttempt
from gateway.accounts.activity.store import DATABASE, Batch, Kind, News, Store, Use
from gateway.accounts.activity.tally import Tallies
from gateway.accounts.config import LoginConfig
from gateway.accounts.protocol import AccountsUnavailable
from gateway.auth.authenticator import AccountId, CredentialId
from gateway.mail.units import Seconds, Timestamp
from gateway.storage.migration import SchemaTooNew
from gateway.telemetry.logs import Log

P = ParamSpec("P")
T = TypeVar("T")
Clock = Callable[[], Timestamp]

_EVERY: Final = 1.0
_SWEEP_EVERY: Final = Seconds(300)
_AT_ONCE: Final = 200
"""How many counts are taken over in one turn of the event loop."""


class Activity:
    """Made by `open_activity`, used on one event loop, ended by `close`."""

    def __init__(self, store: Store, config: LoginConfig, clock: Clock, log: Log) -> None:
        self.guard = Guard(config)
        self.meter = SharedMeter()
        self._places = Places(config.remember)
        self._ledger = Ledger()
        self._uses: dict[int, Use] = {}
        self._store = store
        self._config = config
        self._clock = clock
        self._log = log
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="activity")
        self._one_at_a_time = asyncio.Lock()
        self._swept = Timestamp(0)
        self._failing = False
        self._keeper: asyncio.Task[None] | None = None

    def familiar(self, account: AccountId, client: str) -> Familiar:
        """Whether the account was used from where the client is."""
        return self._places.familiar(account, networks(client), self._clock())

    def record(self, attempt: LoginAttempt) -> None:
        """A log-in attempt has ended."""
        self._ledger.add(attempt)
        if attempt.result is None and attempt.account is not None:
            self._places.used(attempt.account, networks(attempt.around.client), attempt.at)

    def used(self, credential: CredentialId, account: AccountId, client: str) -> None:
        """A password has let somebody in."""
        self._uses[credential] = Use(credential, account, self._clock(), client)

    def adopt(self, config: LoginConfig) -> None:
        """The configuration was read again."""
        self._config = config
        self._places.remember = config.remember
        self.guard.adopt(config)

    async def load(self) -> None:
        """Read what was counted before. Raises sqlite3.Error, OSError and SchemaTooNew."""
        await self._learn(await self._in_thread(self._store.exchange, self._take()))

    def start(self) -> None:
        """Flush once a second from now on."""
        self._keeper = asyncio.create_task(self._keep())

    async def flush(self) -> bool:
        """Tell the other workers, and hear from them. False: the file cannot be used now, all is kept for later."""
        async with self._one_at_a_time:
            batch = self._take()
            try:
                news = await self._in_thread(self._store.exchange, batch)
            except (sqlite3.Error, OSError) as error:
                self._give_back(batch)
                self._trouble(error)
                return False
            self._failing = False
            await self._learn(news)
            return True

    async def close(self) -> None:
        """Flush for the last time and close the file."""
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        await self.flush()
        await self._in_thread(self._store.close)
        self._thread.shutdown()

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(_EVERY)
            await asyncio.shield(self.flush())
            if self._clock() - self._swept >= _SWEEP_EVERY or self._clock() < self._swept:
                await self.sweep()

    async def sweep(self) -> None:
        """Forget what is too old, here and in the file."""
        now = self._swept = self._clock()
        meter = self.meter
        for sweep in (self.guard.sweep, self._places.sweep, meter.hour.sweep, meter.day.sweep):
            for _ in sweep(now):
                await asyncio.sleep(0)
        oldest = {kind: tallies.oldest(now) for kind, tallies in self._tallies().items()}
        keep, remember = Timestamp(now - self._config.keep), Timestamp(now - self._config.remember)
        try:
            await self._in_thread(self._store.sweep, oldest, keep, remember)
        except (sqlite3.Error, OSError) as error:
            self._trouble(error)

    def _tallies(self) -> Mapping[Kind, Tallies]:
        return {
            Kind.ACCOUNTS: self.guard.accounts,
            Kind.STRANGERS: self.guard.strangers,
            Kind.HOUR: self.meter.hour,
            Kind.DAY: self.meter.day,
        }

    def _take(self) -> Batch:
        uses, self._uses = self._uses, {}
        tallies = {kind: tallies.take() for kind, tallies in self._tallies().items()}
        return Batch(self._ledger.take(), uses, self._places.take(), tallies)

    def _give_back(self, batch: Batch) -> None:
        self._ledger.give_back(batch.logins)
        self._uses = {**batch.uses, **self._uses}
        self._places.give_back(batch.places)
        for kind, tallies in self._tallies().items():
            tallies.give_back(batch.tallies[kind])

    async def _learn(self, news: News) -> None:
        """In small steps: the event loop has other things to do."""
        self._places.learn(news.places)
        tallies = self._tallies()
        for number, (kind, cell, count) in enumerate(news.tallies):
            tallies[kind].learn(cell, count)
            if number % _AT_ONCE == _AT_ONCE - 1:
                await asyncio.sleep(0)

    async def _in_thread(self, function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
        call = partial(function, *arguments, **options)
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    def _trouble(self, error: Exception) -> None:
        """Said once, until it works again."""
        if not self._failing:
            self._log.error("activity cannot be written", why=str(error))
        self._failing = True


async def open_activity(data: Path, config: LoginConfig, clock: Clock, log: Log) -> Activity:
    """Open the file in the data folder, making it where there is none, and read what counts.

    `start` is for the caller to call. Raises AccountsUnavailable.
    """
    activity = Activity(Store(data), config, clock, log)
    try:
        await activity.load()
    except (sqlite3.Error, OSError, SchemaTooNew) as error:
        raise AccountsUnavailable(f"{data / DATABASE} cannot be opened: {error}") from error
    return activity
