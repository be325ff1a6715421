"""Keeps the ACME certificate fresh: one of the workers, whoever holds the lock, starts an attempt when it is due."""

import asyncio
import contextlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.certificates.acme.job import Answer, Job, job_of
from gateway.certificates.acme.schedule import Attempts, due
from gateway.certificates.acme.store import Ledger, Lock
from gateway.certificates.config import AcmeConfig
from gateway.certificates.pair import BadCertificate, Pair, read_pair
from gateway.certificates.sources import ACME
from gateway.mail.units import Timestamp
from gateway.telemetry.logs import Log
from gateway.telemetry.metrics import Certifying

PAUSE: Final = 5.0
"""Seconds between two looks at what is due."""
_MARGIN: Final = 900.0
"""Seconds that an attempt may take beyond waiting for records; then it is ended."""

_PROGRAM: Final = (sys.executable, "-m", "gateway.certificates.acme")


@dataclass(frozen=True, slots=True)
class Means:
    """What a keeper works with: the clock, the dice, whom it tells, and what it does with a new certificate."""

    now: Callable[[], Timestamp]
    luck: Callable[[], float]
    metrics: Certifying
    log: Log
    arrived: Callable[[], None]


class Keeper:
    """One per worker. `run` goes on until it is cancelled."""

    def __init__(self, data: Path, means: Means) -> None:
        self._data = data
        self._means = means
        self._lock = Lock(data / ACME)
        self._config: AcmeConfig | None = None
        self._resolvers: tuple[str, ...] = ()
        self._hurry = False
        self._changed = asyncio.Event()

    def configure(self, config: AcmeConfig | None, resolvers: tuple[str, ...]) -> None:
        """Take a configuration, at the start and at each reload: who reloads wants a failed attempt tried again."""
        self._hurry = self._config is not None
        self._config, self._resolvers = config, resolvers
        if config is not None:
            self._means.metrics.acme_errors.at(config.names[0].text)
        self._changed.set()

    async def run(self) -> None:
        """Look, try, wait."""
        try:
            while True:
                config = self._config
                if config is not None:
                    await self._look(config)
                self._changed.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), PAUSE)
        finally:
            self._lock.release()

    async def _look(self, config: AcmeConfig) -> None:
        job = job_of(config, self._data, self._resolvers)
        ledger = Ledger(self._data / ACME, f"{job.file} {job.directory}")
        try:
            if not self._lock.take():
                return
        except OSError as error:
            self._tell(config, f"{self._data / ACME}: {error.strerror}")
            return
        attempts = ledger.read()
        if self._hurry:
            self._hurry, attempts = False, attempts.hurried()
        if due(_kept(job), config.renew_before, attempts) <= self._means.now():
            await self._attempt(config, job, ledger, attempts)

    async def _attempt(self, config: AcmeConfig, job: Job, ledger: Ledger, attempts: Attempts) -> None:
        name = config.names[0].text
        self._means.log.info("certificate asked for", name=name, directory=config.directory)
        try:
            answer = await self._ask(job)
        except OSError as error:
            answer = Answer(f"no process can be started for it: {error.strerror or error}")
        now = self._means.now()
        if not answer.error:
            ledger.write(Attempts())
            self._means.arrived()
            self._means.log.info("certificate issued", name=name, names=list(job.names))
            return
        failed = attempts.failed(answer.error, answer.wait, now, self._means.luck())
        ledger.write(failed)
        self._tell(config, answer.error, again=failed.again - now)

    def _tell(self, config: AcmeConfig, why: str, again: float = PAUSE) -> None:
        name = config.names[0].text
        self._means.metrics.acme_errors.at(name).add()
        self._means.log.error(
            "certificate not issued, the old one is still shown", name=name, why=why, again=round(again)
        )

    async def _ask(self, job: Job) -> Answer:
        """In a process of its own: blocking libraries, bounded time, and nothing to clean up here. It holds the lock
        for as long as it lives, whatever becomes of us."""
        descriptor = self._lock.descriptor
        process = await asyncio.create_subprocess_exec(
            *_PROGRAM,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            pass_fds=() if descriptor is None else (descriptor,),
        )
        try:
            async with asyncio.timeout(job.propagation + _MARGIN):
                return await _converse(process, job)
        except TimeoutError:
            return Answer("the attempt took too long and was ended")
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def _converse(process: asyncio.subprocess.Process, job: Job) -> Answer:
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise AssertionError("the pipes were asked for")
    process.stdin.write(job.json() + b"\n")
    line, said = await asyncio.gather(process.stdout.readline(), process.stderr.read(10_000))
    try:
        return Answer.read(line)
    except (ValueError, KeyError, TypeError):
        last = said.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return Answer(f"the process that asks for certificates has failed: {last[:300]}")


def _kept(job: Job) -> Pair | None:
    """The certificate that there is, where it is any good."""
    path = Path(job.file)
    try:
        return read_pair(path, path, {}) if path.exists() else None
    except BadCertificate:
        return None
