"""Whatever attackers do, the owner gets in from a known network, and few guesses are looked at."""

from bisect import bisect_left
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.accounts.activity.guard import (
    LONGEST_PAUSE,
    MAX_WAITING,
    WIDE,
    Attempt,
    Ended,
    Familiar,
    Go,
    Guard,
    Refuse,
    Ticket,
    Wait,
)
from gateway.accounts.activity.network import networks
from gateway.accounts.config import LoginConfig
from gateway.mail.units import Seconds, Timestamp

START = 1_800_000_000.0
CONFIG = LoginConfig(slow_after=3, block_after=6, block_accounts_after=15, window=Seconds(600))
OWNER = "192.0.2.10"
HOSTS = [
    OWNER,
    "192.0.2.11",
    "192.0.2.12",
    "198.51.100.1",
    "198.51.100.2",
    "203.0.113.5",
    "2001:db8::1",
    "2001:db8:1::1",
]
HOSTS += [f"203.0.113.{n}" for n in range(20, 40)] + [f"10.{n}.0.1" for n in range(40)]
WHO = ["account:1", "account:2", "name:nobody"]


@dataclass(frozen=True, slots=True)
class Guess:
    """Somebody tries `times` times at once, and each look takes `takes`."""

    at: float
    who: str
    host: str
    times: int
    takes: float


@dataclass(slots=True)
class World:
    """Runs attempts against a guard, in steps of a tenth of a second."""

    guard: Guard = field(default_factory=lambda: Guard(CONFIG))
    now: float = START
    waiting: list[tuple[Ticket, float, float]] = field(default_factory=list)
    looking: list[tuple[Ticket, float]] = field(default_factory=list)
    looked_at: list[tuple[float, Attempt]] = field(default_factory=list)

    def come(self, attempt: Attempt, takes: float) -> None:
        self._ask(self.guard.ticket(attempt), takes)

    def step(self) -> None:
        self.now += 0.1
        for ticket, until in [one for one in self.looking if one[1] <= self.now]:
            self.looking.remove((ticket, until))
            self.guard.leave(ticket, Ended.FAILED, Timestamp(self.now))
        for entry in [one for one in self.waiting if one[1] <= self.now]:
            self.waiting.remove(entry)
            self._ask(entry[0], entry[2])

    def _ask(self, ticket: Ticket, takes: float) -> None:
        turn = self.guard.ask(ticket, Timestamp(self.now))
        if isinstance(turn, Wait):
            self.waiting.append((ticket, turn.until, takes))
        elif isinstance(turn, Go):
            self.looked_at.append((self.now, ticket.attempt))
            self.looking.append((ticket, self.now + takes))


def attempt_of(who: str, host: str) -> Attempt:
    """As the owner of account 1 has used it from `OWNER`."""
    where = networks(host)
    if who == "account:1" and host == OWNER:
        return Attempt(who, where, Familiar.HOST)
    if who == "account:1" and where.wide == networks(OWNER).wide:
        return Attempt(who, where, Familiar.WIDE)
    return Attempt(who, where)


guesses = st.builds(
    Guess,
    at=st.floats(0, 900),
    who=st.sampled_from(WHO),
    host=st.sampled_from(HOSTS),
    times=st.integers(1, 30),
    takes=st.sampled_from([0.0, 0.3, 5.0]),
)


def run(attack: list[Guess], until: float) -> World:
    world = World()
    left = sorted(attack, key=lambda guess: guess.at, reverse=True)
    while world.now < START + until:
        while left and START + left[-1].at <= world.now:
            guess = left.pop()
            for _ in range(guess.times):
                world.come(attempt_of(guess.who, guess.host), guess.takes)
        world.step()
    return world


@settings(max_examples=40, deadline=None)
@given(attack=st.lists(guesses, max_size=60), when=st.floats(0, 1000))
def test_the_owner_gets_in_from_a_known_host(attack: list[Guess], when: float) -> None:
    """Others may do whatever they want, anywhere but at the owner's own address for the owner's own account."""
    world = run([guess for guess in attack if (guess.who, guess.host) != ("account:1", OWNER)], when)
    ticket = world.guard.ticket(attempt_of("account:1", OWNER))
    assert isinstance(world.guard.ask(ticket, Timestamp(world.now)), Go)


@settings(max_examples=40, deadline=None)
@given(attack=st.lists(guesses, max_size=60), when=st.floats(0, 900), own_mistakes=st.integers(0, 40))
def test_the_owner_gets_in_after_any_mistakes_of_their_own(attack: list[Guess], when: float, own_mistakes: int) -> None:
    world = run([guess for guess in attack if (guess.who, guess.host) != ("account:1", OWNER)], when)
    mine = attempt_of("account:1", OWNER)
    for _ in range(own_mistakes):
        ticket = world.guard.ticket(mine)
        turn = world.guard.ask(ticket, Timestamp(world.now))
        if isinstance(turn, Wait):
            assert turn.until <= world.now + LONGEST_PAUSE
            world.now = turn.until
            assert isinstance(world.guard.ask(ticket, Timestamp(world.now)), Go)
        world.guard.leave(ticket, Ended.FAILED, Timestamp(world.now))
    ticket = world.guard.ticket(mine)
    turn = world.guard.ask(ticket, Timestamp(world.now))
    if isinstance(turn, Wait):
        assert turn.until <= world.now + LONGEST_PAUSE
        turn = world.guard.ask(ticket, turn.until)
    assert isinstance(turn, Go)
    world.guard.leave(ticket, Ended.SUCCEEDED, Timestamp(world.now + 20))
    assert isinstance(world.guard.ask(world.guard.ticket(mine), Timestamp(world.now + 20)), Go)


@settings(max_examples=40, deadline=None)
@given(attack=st.lists(guesses, max_size=80))
def test_few_guesses_are_looked_at(attack: list[Guess]) -> None:
    """In no window more than the limits of account, host and wide network, known networks aside; there, at the pace of
    the longest pause."""
    world = run(attack, 960)
    for who in WHO:
        strange = [at for at, one in world.looked_at if one.who == who and one.familiar is Familiar.NOT]
        assert most_within_a_window(strange) <= CONFIG.block_accounts_after
    unfamiliar = [(at, one) for at, one in world.looked_at if one.familiar is Familiar.NOT]
    for host in {one.networks.host for _, one in unfamiliar}:
        assert most_within_a_window([at for at, one in unfamiliar if one.networks.host == host]) <= CONFIG.block_after
    for wide in {one.networks.wide for _, one in unfamiliar}:
        at_once = [at for at, one in unfamiliar if one.networks.wide == wide]
        assert most_within_a_window(at_once) <= CONFIG.block_after * WIDE
    for familiar in (Familiar.HOST, Familiar.WIDE):
        known = [at for at, one in world.looked_at if one.familiar is familiar]
        assert most_within_a_window(known) <= CONFIG.slow_after + 4 + CONFIG.window / LONGEST_PAUSE + 1


@settings(max_examples=40, deadline=None)
@given(attack=st.lists(guesses, max_size=60))
def test_lines_are_short_and_end(attack: list[Guess]) -> None:
    world = run(attack, 960)
    assert all(line.waiting <= MAX_WAITING for line in world.guard._lines.values())
    for _ in range(2000):
        world.step()
    assert not world.waiting
    assert not world.looking
    assert all(step is None for step in world.guard.sweep(Timestamp(world.now)))
    assert not world.guard._lines


@settings(max_examples=40, deadline=None)
@given(attack=st.lists(guesses, max_size=60))
def test_whoever_is_refused_learns_when_it_makes_sense_again(attack: list[Guess]) -> None:
    world = run(attack, 960)
    for who in WHO:
        for host in HOSTS:
            turn = world.guard.ask(world.guard.ticket(attempt_of(who, host)), Timestamp(world.now))
            if isinstance(turn, Refuse):
                assert world.now < turn.again <= world.now + CONFIG.window * 9 / 8 + 1


def most_within_a_window(times: list[float]) -> int:
    times = sorted(times)
    return max((bisect_left(times, at + CONFIG.window) - index for index, at in enumerate(times)), default=0)
