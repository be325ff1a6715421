"""kill -9 of workers while they deliver into twenty mailboxes: what got its 250 is there, once."""

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from tests.crash.test_random_kills import Workers, kill
from tests.support.configs import QUICK_RETRY, letter
from tests.support.gateway_process import Gateway
from tests.support.mailboxes import Mailboxes
from tests.support.patience import wait_for
from tests.support.smtp_client import Client, submit

pytestmark = pytest.mark.timeout(300)

ACCOUNTS: Final = tuple(f"u{number}@home.example" for number in range(20))
KILLS, CLIENTS, RECIPIENTS = 8, 6, 3
_NUMBER = re.compile(rb"<letter-(\d+)@home\.example>")


@dataclass(slots=True)
class Load:
    """Clients that send each message once, to some of the accounts. `taken`: who was to get it, by number."""

    gateway: Gateway
    taken: dict[int, tuple[str, ...]] = field(default_factory=dict)
    stop: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _next: int = 0

    def run(self, seed: int) -> None:
        """One client."""
        dice, client = random.Random(seed), None
        while not self.stop:
            number = self._number()
            recipients = tuple(dice.sample(ACCOUNTS, RECIPIENTS))
            # One in ten is large: it comes by way of files, in the queue and in the store.
            body = "All is well.\r\n" * (8000 if number % 10 == 0 else 1)
            try:
                client = client or self.gateway.smtp(timeout=30)
                done = submit(client, "al@far.example", list(recipients), letter(number=number, body=body))
            except OSError:
                _close(client)
                client = None
                time.sleep(0.02)
                continue
            if done.taken:
                self.taken[number] = recipients
        _close(client)

    def _number(self) -> int:
        with self._lock:
            self._next += 1
            return self._next


def _close(client: Client | None) -> None:
    if client:
        client.close()


def test_what_got_250_is_in_every_mailbox_once(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    routes = [{"name": "local", "when": {"local": True}, "deliver": "mailbox", "retry": QUICK_RETRY}]
    domains = [{"name": "home.example"}]
    with Gateway(tmp_path, {"domains": domains, "routes": routes, "workers": 2}) as gateway:
        for address in ACCOUNTS:
            gateway.account(address)
        load = Load(gateway)
        _under_fire(gateway, load)
        wait_for(lambda: not gateway.queue(), within=90, what="an empty queue")
        mailboxes = Mailboxes(gateway)
        stored = {address: _numbers(mailboxes, address) for address in ACCOUNTS}
    record_property("messages taken", len(load.taken))
    record_property("kills", KILLS)
    assert len(load.taken) > 100
    for address, numbers in stored.items():
        wanted = {number for number, recipients in load.taken.items() if address in recipients}
        assert wanted - set(numbers) == set(), f"lost to {address}"
        assert max(numbers.values(), default=0) <= 1, f"twice in the mailbox of {address}"


def _numbers(mailboxes: Mailboxes, address: str) -> Counter[int]:
    """Which messages lie there; their UIDs have no holes."""
    stored = mailboxes.messages(address)
    assert [message.uid for message in stored] == list(range(1, len(stored) + 1))
    found = [_NUMBER.search(message.octets[:2000]) for message in stored]
    return Counter(int(each.group(1)) for each in found if each is not None)


def _under_fire(gateway: Gateway, load: Load) -> None:
    workers = Workers(gateway)
    threads = [threading.Thread(target=load.run, args=(seed,)) for seed in range(CLIENTS)]
    with ExitStack() as stack:
        for thread in threads:
            thread.start()
            stack.callback(thread.join, 60)
        stack.callback(setattr, load, "stop", True)
        for _ in range(KILLS):
            [victim] = wait_for(workers.ripe, within=60, what="a worker to kill")
            kill(gateway, victim)
