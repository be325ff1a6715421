"""kill -9 of workers while IMAP clients append, copy, move, replace and expunge, and mail is delivered to the same
mailboxes: what was acknowledged is there, every command was carried out whole or not at all, UIDs keep their meaning,
mod-sequences never fall, and `gateway verify` finds nothing wrong after any of it.

A move to another account's mailbox is the one that may be done by half: then the messages are in both, never in none.
"""

import random
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from tests.crash.test_random_kills import Workers, kill
from tests.support.configs import QUICK_RETRY, letter
from tests.support.gateway_process import Gateway
from tests.support.imap_wire import Gone, Wire
from tests.support.patience import wait_for
from tests.support.smtp_client import submit
from tests.support.soundness import assert_sound

pytestmark = pytest.mark.timeout(300)

ACCOUNTS: Final = tuple(f"u{number}@home.example" for number in range(4))
KILLS: Final = 10
COPIES: Final = "Copies"
OWN: Final = ("INBOX", "Archive", COPIES)
GIVEN: Final = "Given"
"""Of each account, for the one before it to put messages into."""
_APPENDED: Final = re.compile(rb"\[APPENDUID (\d+) (\d+)(?::(\d+))?\]")
_ROW: Final = re.compile(rb"UID (\d+).*?Subject: ([nd])(\d+)\r\n", re.DOTALL)
_STATUS: Final = re.compile(rb"UIDVALIDITY (\d+) .*?HIGHESTMODSEQ (\d+)")


@dataclass
class Account:
    """What one client knows of its mailboxes: it alone works on messages called `n…`; `d…` are delivered."""

    address: str
    password: str
    port: int
    seed: int
    places: dict[int, str] = field(default_factory=dict)
    """Where each message is; nowhere: it was expunged."""
    copies: dict[tuple[str, int], int] = field(default_factory=dict)
    """How many of a message are in a mailbox for copies."""
    names: dict[tuple[str, int], int] = field(default_factory=dict)
    """Which message a UID is, as far as anybody was told."""
    modseqs: dict[str, int] = field(default_factory=dict)
    validities: dict[str, int] = field(default_factory=dict)
    delivered: set[int] = field(default_factory=set)
    open: Mapping[int, str | None] = field(default_factory=dict)
    """What the command that was not answered was to change."""
    open_copies: frozenset[tuple[str, int]] = frozenset()
    next: int = 0
    done: int = 0
    halves: int = 0
    """Moves to another account that a kill left in both."""
    fault: BaseException | None = None

    def run(self, stop: Callable[[], bool]) -> None:
        dice = random.Random(self.seed)
        try:
            while not stop():
                with suppress(Gone, OSError):
                    self._session(dice, stop)
                time.sleep(0.05)
        except BaseException as error:
            self.fault = error
            raise

    @property
    def friend(self) -> str:
        """The next account, as this one names its mailbox for gifts."""
        after = ACCOUNTS[(ACCOUNTS.index(self.address) + 1) % len(ACCOUNTS)]
        return f"Other Users/{after}/{GIVEN}"

    def prepare(self) -> None:
        """Its mailboxes; the one for gifts is shared with the account before."""
        before = ACCOUNTS[ACCOUNTS.index(self.address) - 1]
        wire = Wire(self.port, self.address, self.password)
        try:
            wire.ok(b"CREATE " + COPIES.encode())
            wire.ok(b"CREATE " + GIVEN.encode())
            wire.ok(f"SETACL {GIVEN} {before} lrswite".encode())
        finally:
            wire.close()

    def check(self) -> None:
        """With a new connection."""
        wire = Wire(self.port, self.address, self.password)
        try:
            self._look(wire)
        finally:
            wire.close()

    def _session(self, dice: random.Random, stop: Callable[[], bool]) -> None:
        commands = (
            *(self._append, self._append, self._several, self._several, self._copy, self._move),
            *(self._give, self._give, self._expunge, self._replace),
        )
        wire = Wire(self.port, self.address, self.password)
        try:
            self._look(wire)
            wire.ok(b"SELECT INBOX")
            while not stop():
                dice.choice(commands)(wire, dice)
                self.done += 1
        finally:
            wire.close()

    # What clients do

    def _append(self, wire: Wire, dice: random.Random) -> None:
        number = self._number()
        literal = _literal(number, large=dice.random() < 0.2)
        self._change({number: "INBOX"}, wire, b"APPEND INBOX (\\Seen $Work) " + literal)

    def _several(self, wire: Wire, dice: random.Random) -> None:
        numbers = [self._number() for _ in range(4)]
        literals = b" ".join(_literal(number, large=dice.random() < 0.1) for number in numbers)
        self._change(dict.fromkeys(numbers, "INBOX"), wire, b"APPEND INBOX " + literals)

    def _copy(self, wire: Wire, dice: random.Random) -> None:
        some = self._some(dice)
        if some:
            self.open_copies = frozenset((COPIES, number) for number in some)
            wire.ok(b"UID COPY %b Copies" % self._uids(some))
            self._settle_copies()

    def _give(self, wire: Wire, dice: random.Random) -> None:
        some = self._some(dice)
        if some:
            self.open_copies = frozenset((self.friend, number) for number in some)
            self._change(dict.fromkeys(some), wire, b'UID MOVE %b "%b"' % (self._uids(some), self.friend.encode()))
            self._settle_copies()

    def _settle_copies(self) -> None:
        for each in self.open_copies:
            self.copies[each] = self.copies.get(each, 0) + 1
        self.open_copies = frozenset()

    def _move(self, wire: Wire, dice: random.Random) -> None:
        some = self._some(dice)
        if some:
            self._change(dict.fromkeys(some, "Archive"), wire, b"UID MOVE %b Archive" % self._uids(some))

    def _expunge(self, wire: Wire, dice: random.Random) -> None:
        some = self._some(dice)
        if some:
            wire.ok(b"UID STORE %b +FLAGS (\\Deleted)" % self._uids(some))
            self._change(dict.fromkeys(some), wire, b"UID EXPUNGE " + self._uids(some))

    def _replace(self, wire: Wire, dice: random.Random) -> None:
        for old in self._some(dice)[:1]:
            number = self._number()
            command = b"UID REPLACE %b INBOX " % self._uids([old]) + _literal(number, large=dice.random() < 0.2)
            self._change({old: None, number: "INBOX"}, wire, command)

    def _number(self) -> int:
        self.next += 1
        return self.next

    def _some(self, dice: random.Random) -> list[int]:
        here = [number for (place, _), number in self.names.items() if place == "INBOX" and number > 0]
        here = [number for number in here if self.places.get(number) == "INBOX"]
        return dice.sample(here, min(3, len(here)))

    def _uids(self, numbers: Iterable[int]) -> bytes:
        known = {number: uid for (place, uid), number in self.names.items() if place == "INBOX"}
        return b",".join(b"%d" % known[number] for number in numbers)

    def _change(self, after: Mapping[int, str | None], wire: Wire, command: bytes) -> None:
        self.open = after
        answer = wire.ok(command)
        self._settle(after)
        found = _APPENDED.search(answer)
        if found:
            new = [number for number, place in after.items() if place == "INBOX"]
            first, last = int(found[2]), int(found[3] or found[2])
            for uid, number in zip(range(first, last + 1), new, strict=True):
                self._name("INBOX", uid, number)

    def _settle(self, after: Mapping[int, str | None]) -> None:
        self.open = {}
        for number, place in after.items():
            if place is None:
                self.places.pop(number, None)
            else:
                self.places[number] = place

    # What there is

    def _look(self, wire: Wire) -> None:
        lies: dict[int, list[str]] = {}
        copies: dict[tuple[str, int], int] = {}
        for place in (*OWN, self.friend):
            for uid, kind, number in self._rows(wire, place):
                self._name(place, uid, number if kind == b"n" else -number)
                if kind == b"d":
                    self.delivered.add(number)
                elif place in (COPIES, self.friend):
                    copies[place, number] = copies.get((place, number), 0) + 1
                else:
                    lies.setdefault(number, []).append(place)
        assert [number for number, places in lies.items() if len(places) > 1] == [], "in two mailboxes, or twice in one"
        gone = self._decide({number: place for number, [place] in lies.items()})
        self._decide_copies(copies, gone=gone)

    def _decide(self, seen: Mapping[int, str]) -> bool:
        """The command that was not answered was carried out whole, or not at all; whether it was."""
        after = {number: place for number, place in (self.places | dict(self.open)).items() if place is not None}
        assert seen in (self.places, after), self._difference(seen, after)
        carried_out = seen != self.places
        if carried_out:
            self._settle(self.open)
        self.open = {}
        return carried_out

    def _decide_copies(self, copies: dict[tuple[str, int], int], *, gone: bool) -> None:
        """Likewise; `gone`: they are no longer where they were moved from."""
        more = {each: count - self.copies.get(each, 0) for each, count in copies.items()}
        grown = {each for each, count in more.items() if count}
        assert set(more.values()) <= {0, 1}, f"{self.address}: {more}"
        assert self.copies.keys() <= copies.keys(), "a copy is lost"
        assert not grown or grown == self.open_copies, "copied in part"
        moving = {place for place, _ in self.open_copies} == {self.friend}
        if moving:
            assert grown or not gone, "moved to nowhere"
            self.halves += bool(grown) and not gone
        self.copies, self.open_copies = copies, frozenset()

    def _difference(self, seen: Mapping[int, str], after: Mapping[int, str]) -> str:
        odd = {number for number in {*seen, *after} if seen.get(number) != after.get(number)}
        rows = [f"{n}: {seen.get(n)}, was {self.places.get(n)}, to be {after.get(n)}" for n in sorted(odd)]
        return f"{self.address}: " + "; ".join(rows)

    def _rows(self, wire: Wire, place: str) -> list[tuple[int, bytes, int]]:
        name = b'"%b"' % place.encode()
        told = _STATUS.search(wire.ok(b"STATUS %b (UIDVALIDITY HIGHESTMODSEQ)" % name))
        assert told is not None
        assert int(told[2]) >= self.modseqs.get(place, 0), "a mod-sequence fell"
        self.modseqs[place] = int(told[2])
        assert self.validities.setdefault(place, int(told[1])) == int(told[1])
        wire.ok(b"EXAMINE " + name)
        answer = wire.ok(b"UID FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        return [(int(uid), kind, int(number)) for uid, kind, number in _ROW.findall(answer)]

    def _name(self, place: str, uid: int, number: int) -> None:
        assert self.names.setdefault((place, uid), number) == number, f"UID {uid} of {place} is another message now"


def _literal(number: int, *, large: bool) -> bytes:
    octets = b"Subject: n%d\r\n\r\n%b" % (number, b"All is well.\r\n" * (8000 if large else 1))
    return b"{%d+}\r\n%b" % (len(octets), octets)


@dataclass
class Post:
    """Mail from outside to all accounts."""

    gateway: Gateway
    taken: list[int] = field(default_factory=list)

    def run(self, stop: Callable[[], bool]) -> None:
        number = 0
        while not stop():
            number += 1
            octets = letter(number=number).replace(b"Subject: ", b"Subject: d%d\r\nX-Was: " % number, 1)
            with suppress(OSError), self.gateway.smtp(timeout=30) as client:
                if submit(client, "al@far.example", list(ACCOUNTS), octets).taken:
                    self.taken.append(number)
            time.sleep(0.02)


def test_what_was_acknowledged_stays_and_nothing_is_half_done(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    routes = [{"name": "local", "when": {"local": True}, "deliver": "mailbox", "retry": QUICK_RETRY}]
    config = {"domains": [{"name": "home.example"}], "routes": routes, "workers": 2}
    with Gateway(tmp_path, config) as gateway:
        accounts = [
            Account(address, gateway.account(address), gateway.imap_port, seed) for seed, address in enumerate(ACCOUNTS)
        ]
        for account in accounts:
            account.prepare()
        post = Post(gateway)
        _under_fire(gateway, [*(account.run for account in accounts), post.run])
        assert [account.fault for account in accounts if account.fault] == []
        wait_for(lambda: not gateway.queue(), within=90, what="an empty queue")
        for account in accounts:
            account.check()
            assert set(post.taken) - account.delivered == set(), "a delivery is lost"
    commands = sum(account.done for account in accounts)
    record_property("commands", commands)
    record_property("deliveries", len(post.taken))
    record_property("moves to another account that were done by half", sum(account.halves for account in accounts))
    assert commands > 100


def _under_fire(gateway: Gateway, runs: list[Callable[[Callable[[], bool]], None]]) -> None:
    workers, over = Workers(gateway), threading.Event()
    threads = [threading.Thread(target=run, args=(over.is_set,)) for run in runs]
    with ExitStack() as stack:
        for thread in threads:
            thread.start()
            stack.callback(thread.join, 60)
        stack.callback(over.set)
        for _ in range(KILLS):
            [victim] = wait_for(workers.ripe, within=60, what="a worker to kill")
            kill(gateway, victim)
            assert_sound(gateway.data)
