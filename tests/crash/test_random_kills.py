"""kill -9 of workers at random under load: every message that got its 250 arrives."""

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.background import Background
from tests.support.configs import letter, to_sinks
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.sinks import below_trace, start_sink
from tests.support.smtp_client import Client, submit

pytestmark = pytest.mark.timeout(600)

MESSAGES, KILLS, CLIENTS = 10_000, 50, 8
BURST = MESSAGES // KILLS
AGE = 2.3
"""Seconds that a worker lives at least before it is killed: one that dies sooner is started again with a pause."""


@dataclass(slots=True)
class Load:
    """Clients that send as fast as they may, each message once, and note which ones were taken."""

    gateway: Gateway
    allowed: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    taken: set[int] = field(default_factory=set)
    tried: set[int] = field(default_factory=set)
    stop: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _next: int = 0

    def run(self) -> None:
        """One client."""
        client: Client | None = None
        while True:
            self.allowed.acquire()
            if self.stop:
                break
            client = self._until_taken(client)
        if client:
            client.close()

    def _until_taken(self, client: Client | None) -> Client:
        """Send new messages until one is taken, with new connections as needed."""
        while True:
            try:
                client = client or self.gateway.smtp(timeout=30)
                number = self._number()
                done = submit(client, "al@home.example", [f"r{number}@old.example"], letter(number=number))
                if done.taken:
                    with self._lock:
                        self.taken.add(number)
                    return client
            except OSError:
                if client:
                    client.close()
                client = None
                time.sleep(0.02)

    def _number(self) -> int:
        with self._lock:
            self._next += 1
            self.tried.add(self._next)
            return self._next


class Workers:
    """Which workers live, and since when."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._born: dict[int, float] = {}

    def ripe(self) -> list[int]:
        """The process id of the worker that lives longest, when it is old enough."""
        now = time.monotonic()
        pids = self._gateway.workers
        self._born = {pid: self._born.get(pid, now) for pid in pids}
        oldest = min(pids, key=lambda pid: self._born[pid], default=None)
        if oldest is None or now - self._born[oldest] < AGE:
            return []
        return [oldest]


def test_what_got_250_arrives(
    tmp_path: Path, background: Background, record_property: Callable[[str, object], None]
) -> None:
    sink = start_sink(background)
    with ExitStack() as stack:
        gateway = stack.enter_context(Gateway(tmp_path, to_sinks(old=sink) | {"workers": 2}))
        load = Load(gateway)
        threads = [threading.Thread(target=load.run) for _ in range(CLIENTS)]
        stack.callback(_finish, load, threads)
        for thread in threads:
            thread.start()
        _kill_again_and_again(gateway, load)
        wait_for(lambda: len(load.taken) >= MESSAGES, within=60, what="all messages taken")
        wait_for(lambda: not gateway.queue(), within=120, what="an empty queue")
    arrivals = Counter(int(message.recipients[0].address[1:].partition("@")[0]) for message in sink.messages)
    duplicates = sum(count - 1 for count in arrivals.values())
    unanswered = len(set(arrivals) - load.taken)
    record_property("messages taken", len(load.taken))
    record_property("kills", KILLS)
    record_property("duplicates", duplicates)
    record_property("arrived though the client saw no 250", unanswered)
    assert load.taken - set(arrivals) == set(), "lost"
    assert set(arrivals) <= load.tried
    assert max(arrivals.values()) <= 3
    assert duplicates <= KILLS * 20, "more than what can be under way at a kill"
    for message in sink.messages[:: MESSAGES // 100]:
        number = int(message.recipients[0].address[1:].partition("@")[0])
        assert below_trace(message.octets) == letter(number=number)


def _kill_again_and_again(gateway: Gateway, load: Load) -> None:
    dice = random.Random(5321)
    workers = Workers(gateway)
    for _ in range(KILLS):
        [victim] = wait_for(workers.ripe, within=60, what="a worker to kill")
        _burst(load, dice.randrange(BURST // 10, BURST * 9 // 10))
        kill(gateway, victim)


def kill(gateway: Gateway, victim: int) -> None:
    """kill -9, and wait until the worker is gone."""
    os.kill(victim, signal.SIGKILL)
    wait_for(lambda: victim not in gateway.workers, within=60, what="the end of the worker")


def _burst(load: Load, until: int) -> None:
    """Let a burst go, and return in the midst of it: when `until` more messages have been taken."""
    goal = len(load.taken) + until
    load.allowed.release(BURST)
    wait_for(lambda: len(load.taken) >= goal, within=60, what="load")


def _finish(load: Load, threads: list[threading.Thread]) -> None:
    load.stop = True
    load.allowed.release(len(threads))
    for thread in threads:
        thread.join(60)
