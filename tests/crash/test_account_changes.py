"""kill -9 of commands that change accounts, and of the gateway beside them, while people log in and submit.

Every change that was acknowledged is there, no account is half made, the mail that was taken arrives, and everybody
still gets in.
"""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from tests.support.background import Background
from tests.support.configs import letter
from tests.support.gateway_process import REPOSITORY, Gateway
from tests.support.patience import wait_for
from tests.support.sinks import start_sink
from tests.support.smtp_client import Client, submit
from tests.support.submission import ACCOUNT, Submissions, submissions

ROUNDS, CHANGES, MESSAGES = 3, 6, 30
"""The gateway is killed in each round, when so many more changes and messages have been acknowledged."""
KILLED = -9
UNLIMITED = {"account": {"messages_per_hour": 0, "messages_per_day": 0, "recipients_per_hour": 0}}


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is to see of an account."""

    addresses: tuple[str, ...] = ()
    app_passwords: int = 0
    disabled: bool = False


@dataclass(slots=True)
class Story:
    """One account, changed by commands until one of them is killed: nobody knows whether that one took effect."""

    number: int
    done: int = 0
    """Steps that were acknowledged."""
    cut: bool = False
    """The step after those was killed."""
    passwords: dict[str, str] = field(default_factory=dict)
    """The account's own (""), and that of its program, as far as they are known to be good."""

    @property
    def one(self) -> str:
        return f"u{self.number}@home.example"

    @property
    def other(self) -> str:
        return f"v{self.number}@home.example"

    def steps(self) -> list[tuple[str, ...]]:
        """The commands, after `gateway account`."""
        remove = [("remove", self.one, "--yes")] if self.number % 2 else []
        return [
            ("add", self.one),
            ("address", "add", self.one, self.other),
            ("app-password", "add", self.one, "phone"),
            ("disable", self.one),
            ("enable", self.one),
            ("password", self.one),
            *remove,
        ]

    def possible(self) -> list[Seen]:
        """What may be seen of it now."""
        both = (self.one, self.other)
        whole = Seen(both, 1)
        states = [Seen(), Seen((self.one,)), Seen(both), whole, Seen(both, 1, disabled=True), whole, whole, Seen()]
        return states[self.done : self.done + 1 + self.cut]

    def acknowledged(self, said: str) -> None:
        """The next step is done; `said` is what its command printed."""
        verb = self.steps()[self.done][0]
        self.done += 1
        if verb in ("add", "password"):
            self.passwords[""] = said.strip()
        elif verb == "app-password":
            self.passwords["phone"] = said.strip()

    def end(self) -> None:
        """The next step was killed."""
        self.cut = True
        if self.steps()[self.done][0] == "password":
            self.passwords.pop("", None)

    def lets_in(self) -> bool:
        """Whether a log-in has to work: not where the account is gone or disabled, or may be."""
        return all(seen.addresses and not seen.disabled for seen in self.possible())


class Changer(threading.Thread):
    """Runs one story after the other; about one command of five is killed, most while they write."""

    def __init__(self, gateway: Gateway, first: int) -> None:
        super().__init__()
        self.stories: list[Story] = []
        self.trouble: list[str] = []
        self.stop = False
        self._gateway = gateway
        self._first = first
        self._dice = random.Random(first)
        self._usual = 0.5
        """Seconds that a command takes."""

    @property
    def acknowledged(self) -> int:
        return sum(story.done for story in self.stories)

    @override
    def run(self) -> None:
        """Until told to stop, or a command fails."""
        while not self.stop and not self.trouble:
            story = Story(self._first + len(self.stories))
            self.stories.append(story)
            self._tell(story)

    def _tell(self, story: Story) -> None:
        for step in story.steps():
            if self.stop:
                return
            status, said = self._command(*step)
            if status == KILLED:
                story.end()
                return
            if status != 0:
                self.trouble.append(f"{step} ended with {status}: {said}")
                return
            story.acknowledged(said)

    def _command(self, *arguments: str) -> tuple[int, str]:
        environment = os.environ | {"GATEWAY_CONFIG": str(self._gateway.file)}
        command = [sys.executable, "-m", "gateway", "account", *arguments]
        began = time.monotonic()
        kill_after = self._usual * self._dice.uniform(0.5, 1.1) if self._dice.random() < 0.3 else 60
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=REPOSITORY
        ) as process:
            try:
                said, errors = process.communicate(timeout=kill_after)
            except subprocess.TimeoutExpired:
                process.kill()
                said, errors = process.communicate()
            else:
                self._usual = time.monotonic() - began
        return process.returncode, said or errors


class Submitter(threading.Thread):
    """Logs in anew for each message, and notes which ones were taken."""

    def __init__(self, server: Submissions, first: int) -> None:
        super().__init__()
        self.taken: set[int] = set()
        self.stop = False
        self._server = server
        self._next = first

    @override
    def run(self) -> None:
        while not self.stop:
            self._next += 1
            try:
                self._submit(self._next)
            except OSError:
                time.sleep(0.02)

    def _submit(self, number: int) -> None:
        with Client(self._server.starttls, timeout=30) as client:
            client.greet()
            if client.plain(ACCOUNT, self._server.password).code != 235:
                raise ConnectionError("not now")
            if submit(client, ACCOUNT, [f"r{number}@old.example"], letter(number=number)).taken:
                self.taken.add(number)


def _stop(threads: list[Changer | Submitter]) -> None:
    for thread in threads:
        thread.stop = True
    for thread in threads:
        thread.join(60)


def _kill_in_the_midst(gateway: Gateway, changers: list[Changer], submitters: list[Submitter]) -> None:
    changes = sum(each.acknowledged for each in changers) + CHANGES
    messages = sum(len(each.taken) for each in submitters) + MESSAGES

    def enough() -> bool:
        assert not any(each.trouble for each in changers), [each.trouble for each in changers]
        busy = sum(len(each.taken) for each in submitters) >= messages
        return busy and sum(each.acknowledged for each in changers) >= changes

    wait_for(enough, within=60, what="changes and messages")
    gateway.kill()
    gateway.start()


def _seen(gateway: Gateway) -> dict[str, dict[str, Any]]:
    return {row["address"]: row for row in json.loads(gateway.cli("account", "list", "--json"))}


def _check(server: Submissions, story: Story, row: dict[str, Any] | None) -> None:
    if row is None:
        assert Seen() in story.possible(), story
        return
    shown = json.loads(server.gateway.cli("account", "show", story.one, "--json"))
    phones = [each["name"] for each in shown["passwords"]].count("phone")
    assert [each["name"] for each in shown["passwords"]].count("") == 1, "an account without a password is half made"
    assert Seen(tuple(row["addresses"]), phones, row["disabled"] is not None) in story.possible(), story
    for name, password in story.passwords.items() if story.lets_in() else ():
        with Client(server.starttls, timeout=30) as client:
            client.greet()
            assert client.plain(story.one, password).code == 235, (story, name)


def test_changes_of_accounts_survive_kills(
    gateway: Callable[..., Gateway], background: Background, record_property: Callable[[str, object], None]
) -> None:
    sink = start_sink(background)
    server = submissions(gateway, sink, workers=2, submission=UNLIMITED)
    changers = [Changer(server.gateway, first) for first in (1000, 2000)]
    submitters = [Submitter(server, first) for first in (0, 1_000_000)]
    with ExitStack() as stack:
        stack.callback(_stop, [*changers, *submitters])
        for thread in (*changers, *submitters):
            thread.start()
        for _ in range(ROUNDS):
            _kill_in_the_midst(server.gateway, changers, submitters)
    stories = [story for changer in changers for story in changer.stories]
    taken = set().union(*(each.taken for each in submitters))
    record_property("changes acknowledged", sum(story.done for story in stories))
    record_property("commands killed", sum(story.cut for story in stories))
    record_property("messages taken", len(taken))
    assert [each.trouble for each in changers] == [[], []]
    rows = _seen(server.gateway)
    assert set(rows) <= {story.one for story in stories} | {ACCOUNT, "admin@home.example"}
    for story in stories:
        _check(server, story, rows.get(story.one))
    wait_for(lambda: not server.gateway.queue(), within=60, what="an empty queue")
    arrivals = Counter(int(each.recipients[0].address[1:].partition("@")[0]) for each in sink.messages)
    assert taken - set(arrivals) == set(), "lost"
    record_property("duplicates", sum(count - 1 for count in arrivals.values()))
