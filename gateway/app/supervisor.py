"""The supervisor: binds the ports, starts a worker per core, restarts one that dies, passes signals on.

It runs no event loop and no thread, so that it can fork at any time. SIGHUP reloads, SIGTERM and SIGINT stop cleanly.
"""

import os
import signal
import sys
import time
from dataclasses import dataclass
from typing import Protocol

from gateway.telemetry.logs import Log

QUICK_DEATH = 2.0
"""A worker that lived less long than this is restarted with a growing pause."""
LONGEST_PAUSE = 30.0


@dataclass(slots=True)
class Child:
    """A worker process, or the wish to start one at `start_at` (monotonic seconds)."""

    index: int
    pid: int = 0
    started: float = 0.0
    start_at: float = 0.0
    pause: float = 0.0


class Workshop(Protocol):
    """What the workers of a supervisor do."""

    @property
    def grace(self) -> float:
        """Seconds that they have to finish what is in flight: longer than they take by themselves."""
        ...

    def work(self, index: int, lifeline: int) -> None:
        """Be a worker, with SIGHUP, SIGTERM and SIGINT blocked until it knows what to do about them.

        `lifeline` is a descriptor that reads end-of-file when the supervisor is gone: a worker then stops by itself.
        """
        ...

    def reloading(self) -> None:
        """Workers are about to be told to reload; those that start from now on start with what was reloaded."""
        ...

    def restarted(self) -> None:
        """A worker died."""
        ...


class Supervisor:
    """Keeps `workers` processes alive."""

    def __init__(self, workers: int, shop: Workshop, log: Log) -> None:
        self._children = [Child(index) for index in range(workers)]
        self._shop = shop
        self._log = log
        self._lifeline, self._keep = os.pipe()
        self._signals = {signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}
        self._stopping = False

    def run(self) -> int:
        """Run until told to stop; returns the exit status."""
        signal.pthread_sigmask(signal.SIG_BLOCK, self._signals)
        for child in self._children:
            self._start(child)
        while not self._stopping:
            self._handle(signal.sigtimedwait(self._signals, self._until_next_start()))
            self._reap()
            self._start_due()
        return self._stop()

    def _handle(self, info: signal.struct_siginfo | None) -> None:
        match info.si_signo if info else None:
            case signal.SIGHUP:
                self._log.info("reload requested")
                self._shop.reloading()
                self._tell(signal.SIGHUP)
            case signal.SIGTERM | signal.SIGINT:
                self._stopping = True
            case _:
                pass

    def _tell(self, number: signal.Signals) -> None:
        for child in self._children:
            if child.pid:
                os.kill(child.pid, number)

    def _until_next_start(self) -> float:
        waits = [child.start_at - time.monotonic() for child in self._children if not child.pid]
        return max(0.01, min(waits)) if waits else 60.0

    def _start_due(self) -> None:
        for child in self._children:
            if not child.pid and child.start_at <= time.monotonic() and not self._stopping:
                self._start(child)

    def _start(self, child: Child) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            self._become_worker(child.index)
        child.pid, child.started = pid, time.monotonic()

    def _become_worker(self, index: int) -> None:
        """In the child: never returns into the supervisor's code."""
        status = 1
        try:
            os.close(self._keep)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            self._shop.work(index, self._lifeline)
            status = 0
        except Exception:
            self._log.exception("worker failed", worker=index)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _reap(self) -> None:
        for child in self._children:
            if child.pid and os.waitpid(child.pid, os.WNOHANG)[0]:
                lived = time.monotonic() - child.started
                child.pause = min(LONGEST_PAUSE, child.pause * 2 or 0.5) if lived < QUICK_DEATH else 0.0
                child.start_at = time.monotonic() + child.pause
                self._log.warning("worker died, restarting", worker=child.index, pid=child.pid, pause=child.pause)
                child.pid = 0
                self._shop.restarted()

    def _stop(self) -> int:
        """Ask, wait, and only then insist. 0 when every worker stopped by itself."""
        self._tell(signal.SIGTERM)
        deadline = time.monotonic() + self._shop.grace
        status = 0
        for child in self._children:
            if child.pid and not _wait(child.pid, deadline):
                self._log.warning("worker did not stop in time, killed", worker=child.index, pid=child.pid)
                os.kill(child.pid, signal.SIGKILL)
                os.waitpid(child.pid, 0)
                status = 1
        return status


def _wait(pid: int, deadline: float) -> bool:
    while time.monotonic() < deadline:
        if os.waitpid(pid, os.WNOHANG)[0]:
            return True
        time.sleep(0.02)
    return False
