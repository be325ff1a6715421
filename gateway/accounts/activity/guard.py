"""The rules against guessing passwords: pure, with the time passed in (docs/accounts.md tells them to people).

Each failure counts for the client's host, for the wide network around it, and for the account where it was not used
from there before. From `slow_after` failures within the window on, attempts take turns, one at a time, each after a
pause that grows to 15 seconds; from `block_after` on they are refused unlooked at. The wide network takes five times as
much, since many people may share it; an account from networks unknown to it, `block_accounts_after`.

From a network that the account has been used from, only failures of this account from there count, and nothing is ever
blocked: whoever attacks, from elsewhere or for other accounts, is not in its owner's way. A host that the account was
used from has a line of its own; the other hosts of that wide network share one.

An attempt that is being looked at counts as a failure until its end is known, so that a thousand at once are no way
around; one that does not fit into a line is one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

from gateway.accounts.activity.network import Networks
from gateway.accounts.activity.tally import Count, Tallies, Window
from gateway.accounts.config import LoginConfig
from gateway.mail.units import Seconds, Timestamp

LONGEST_PAUSE = Seconds(15)
LONGEST_WAIT = Seconds(30)
"""A turn that is further off is refused: no client would still be there."""
MAX_WAITING = 8
"""In one line; beyond it attempts are refused."""
WIDE = 5
"""How many times as much a wide network may fail as a host."""

_BUCKETS = 8
_ACCOUNTS = 1_000_000
_STRANGERS = 50_000
_LOOK_AGAIN = Seconds(0.05)


class Familiar(Enum):
    """Whether the account has been used from where the attempt comes from."""

    NOT = "not"
    WIDE = "wide"
    """From its wide network, but not from this host."""
    HOST = "host"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the rules have to know."""

    who: str
    """`account:ID`, `name:…` for a name that nobody has; empty where nobody can know it (tokens)."""
    networks: Networks
    familiar: Familiar = Familiar.NOT


class Ended(Enum):
    """What became of an attempt that was looked at."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    NEITHER = "neither"
    """The password was right and of no use, or nobody could check it."""


@dataclass(frozen=True, slots=True)
class Go:
    """To be looked at, now. `leave` follows."""


@dataclass(frozen=True, slots=True)
class Wait:
    """`ask` again then, or `give_up`."""

    until: Timestamp


@dataclass(frozen=True, slots=True)
class Refuse:
    """Not to be looked at. It is over."""

    again: Timestamp


Turn = Go | Wait | Refuse


@dataclass(frozen=True, slots=True)
class _Limit:
    """A key that counts for an attempt."""

    tallies: Tallies
    key: str
    slow: int
    block: int | None


@dataclass(slots=True)
class _Line:
    """Those who take turns at a key."""

    waiting: int = 0
    looking: int = 0
    free: Timestamp = Timestamp(0)
    """When the last turn given out begins."""
    forgiven: int = 0
    """How often its failures were forgotten: whoever waits then may go."""


@dataclass(slots=True, eq=False)
class Ticket:
    """One attempt, from its first question to its end."""

    attempt: Attempt
    limits: Sequence[_Limit]
    waits: dict[str, int] = field(default_factory=dict)
    """The lines it stands in, as they were when it came."""
    turn: Timestamp = Timestamp(0)
    looking: bool = False
    delayed: bool = False
    """Whether it had to wait."""


class Guard:
    """The rules over the counts of all workers; lines are each worker's own."""

    def __init__(self, config: LoginConfig) -> None:
        self._config = config
        self.accounts = Tallies(_window(config, _ACCOUNTS))
        self.strangers = Tallies(_window(config, _STRANGERS, share_from=2))
        self._lines: dict[str, _Line] = {}

    def adopt(self, config: LoginConfig) -> None:
        """The configuration was read again."""
        self._config = config
        self.accounts.window = _window(config, _ACCOUNTS)
        self.strangers.window = _window(config, _STRANGERS, share_from=2)

    def ticket(self, attempt: Attempt) -> Ticket:
        """An attempt begins."""
        return Ticket(attempt, self._limits(attempt))

    def blocked(self, attempt: Attempt, now: Timestamp) -> Timestamp | None:
        """Until when attempts like this one are not looked at; None: they are."""
        over = [
            limit.tallies.room_at(limit.key, Count(limit.block - 1, 0), now)
            for limit in self._limits(attempt)
            if limit.block is not None and self._failures(limit, now) >= limit.block
        ]
        return max(over, default=None)

    def ask(self, ticket: Ticket, now: Timestamp) -> Turn:
        """Whether to look at the attempt now. After a Wait it is asked again, when the time has come or earlier."""
        until = self.blocked(ticket.attempt, now)
        if until is not None:
            self.give_up(ticket)
            return Refuse(until)
        if ticket.waits:
            return self._in_line(ticket, now)
        slow = [limit for limit in ticket.limits if self._pause(limit, now)]
        if slow:
            return self._stand_in_line(ticket, slow, now)
        return self._start(ticket, now)

    def leave(self, ticket: Ticket, ended: Ended, now: Timestamp) -> None:
        """The attempt was looked at."""
        self.give_up(ticket)
        if ended is Ended.FAILED:
            self._fail(self._counted(ticket.attempt), now)
        elif ended is Ended.SUCCEEDED:
            self._forgive(ticket.attempt, now)

    def give_up(self, ticket: Ticket) -> None:
        """The client has gone, or the attempt is over. Safe to call twice."""
        self._leave_lines(ticket)
        if ticket.looking:
            ticket.looking = False
            for limit in ticket.limits:
                self._line(limit.key).looking -= 1
                self._drop_unused(limit.key)

    def sweep(self, now: Timestamp) -> Iterator[None]:
        """Forget what does not count any more. Yields after each small step."""
        yield from self.accounts.sweep(now)
        yield from self.strangers.sweep(now)
        for key in [key for key, line in self._lines.items() if _is_idle(line, now)]:
            del self._lines[key]

    def _limits(self, attempt: Attempt) -> Sequence[_Limit]:
        slow, networks = self._config.slow_after, attempt.networks
        if attempt.familiar is Familiar.HOST:
            return (_Limit(self.accounts, _pair(attempt, networks.host), slow, None),)
        if attempt.familiar is Familiar.WIDE:
            return (_Limit(self.accounts, _pair(attempt, networks.wide), slow, None),)
        mine = self.accounts if attempt.who.startswith("account:") else self.strangers
        who = (_Limit(mine, attempt.who, slow, self._config.block_accounts_after),) if attempt.who else ()
        return (*who, *self._network_limits(networks))

    def _network_limits(self, networks: Networks) -> Sequence[_Limit]:
        slow, block = self._config.slow_after, self._config.block_after
        return (
            _Limit(self.strangers, f"host:{networks.host}", slow, block),
            _Limit(self.strangers, f"wide:{networks.wide}", slow * WIDE, block * WIDE),
        )

    def _counted(self, attempt: Attempt) -> Sequence[_Limit]:
        """What a failure counts for: the networks in any case."""
        limits = self._limits(attempt)
        return limits if attempt.familiar is Familiar.NOT else (*limits, *self._network_limits(attempt.networks))

    def _fail(self, limits: Iterable[_Limit], now: Timestamp) -> None:
        for limit in limits:
            limit.tallies.add(limit.key, Count(1), now)

    def _failures(self, limit: _Limit, now: Timestamp) -> int:
        return limit.tallies.sum(limit.key, now).first

    def _pause(self, limit: _Limit, now: Timestamp) -> Seconds:
        over = self._failures(limit, now) - limit.slow
        return Seconds(0) if over < 0 else Seconds(min(2 ** min(over, 10), LONGEST_PAUSE))

    def _stand_in_line(self, ticket: Ticket, slow: Sequence[_Limit], now: Timestamp) -> Turn:
        lines = [(limit, self._line(limit.key)) for limit in slow]
        turn = Timestamp(max(_free(line, now) + self._pause(limit, now) for limit, line in lines))
        if turn > now + LONGEST_WAIT or any(line.waiting >= MAX_WAITING for _, line in lines):
            if ticket.attempt.familiar is Familiar.NOT:
                self._fail(ticket.limits, now)
            return Refuse(turn)
        for limit, line in lines:
            line.waiting += 1
            line.free = turn
            ticket.waits[limit.key] = line.forgiven
        ticket.turn, ticket.delayed = turn, True
        return Wait(turn)

    def _in_line(self, ticket: Ticket, now: Timestamp) -> Turn:
        lines = [(self._line(key), forgiven) for key, forgiven in ticket.waits.items()]
        if now < ticket.turn <= now + LONGEST_WAIT and not all(line.forgiven > forgiven for line, forgiven in lines):
            return Wait(ticket.turn)
        if any(line.looking and line.forgiven == forgiven for line, forgiven in lines):
            return Wait(Timestamp(now + _LOOK_AGAIN))
        return self._start(ticket, now)

    def _start(self, ticket: Ticket, now: Timestamp) -> Turn:
        """Look at it, unless those being looked at could fill the limit: then it waits for their end."""
        for limit in ticket.limits:
            looking = self._line(limit.key).looking
            if looking and self._failures(limit, now) + looking >= (limit.block or limit.slow):
                return Wait(Timestamp(now + _LOOK_AGAIN))
        self._leave_lines(ticket)
        ticket.looking = True
        for limit in ticket.limits:
            self._line(limit.key).looking += 1
        return Go()

    def _leave_lines(self, ticket: Ticket) -> None:
        for key in ticket.waits:
            self._line(key).waiting -= 1
        ticket.waits.clear()

    def _forgive(self, attempt: Attempt, now: Timestamp) -> None:
        """The owner was here: their own failures from here are forgotten, those of the network are not."""
        for network in (attempt.networks.host, attempt.networks.wide):
            key = _pair(attempt, network)
            self.accounts.clear(key)
            line = self._lines.get(key)
            if line is not None:
                line.free = now
                line.forgiven += 1

    def _drop_unused(self, key: str) -> None:
        line = self._lines[key]
        if not (line.looking or line.waiting or line.free):
            del self._lines[key]

    def _line(self, key: str) -> _Line:
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = _Line()
        return line


def _window(config: LoginConfig, keys: int, share_from: int = 1) -> Window:
    return Window(config.window, max(int(config.window / _BUCKETS), 1), keys, share_from)


def _pair(attempt: Attempt, network: str) -> str:
    return f"{attempt.who} {network}"


def _free(line: _Line, now: Timestamp) -> Timestamp:
    """Further off than any turn that is given out: the clock was put back."""
    return max(now, line.free) if line.free <= now + LONGEST_WAIT else now


def _is_idle(line: _Line, now: Timestamp) -> bool:
    return not line.waiting and not line.looking and _free(line, now) <= now
