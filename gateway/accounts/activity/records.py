"""Records of log-ins, merged before they are written: pure. Whatever is tried, an hour makes a bounded number of rows.

Attempts that are alike (account, service, mechanism, wide network, TLS, result) within a period are one row with a
count. Names that nobody has are one name. Beyond the bounds of a period the networks are one as well, and at last the
accounts are.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.accounts.activity.network import networks
from gateway.auth.authenticator import AccountId, Circumstances, Why
from gateway.mail.units import Timestamp

FAILURES = 3600
"""The period of failures in seconds."""
SUCCESSES = 600
MAX_NAME = 64
"""Characters of a name that are kept."""
ROWS_OF_NOBODY = 1000
"""A period, for attempts with names that nobody has."""
ROWS_OF_ACCOUNT = 100
"""A period, for failures of one account."""
ROWS = 5000
"""A period, for failures by network; as many again, for all networks of an account together. Successes have no bound
but their accounts and networks."""

_EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """One attempt that has ended. `result` None: it succeeded."""

    account: AccountId | None
    name: str
    around: Circumstances
    result: Why | None
    at: Timestamp


class Alike(NamedTuple):
    """What attempts of one row have in common."""

    period: int
    length: int
    account: AccountId | None
    network: str
    service: str
    mechanism: str
    tls: str
    result: str
    """Empty: it succeeded."""

    @property
    def id(self) -> int:
        """Names the row: 63 bits, so that each worker finds it without asking."""
        return int.from_bytes(hashlib.blake2b(repr(tuple(self)).encode(), digest_size=8).digest()) >> 1


@dataclass(slots=True)
class Tried:
    """How often, when and by whom it was tried."""

    first: Timestamp
    last: Timestamp
    count: int
    name: str
    client: str


def safe_name(name: str) -> str:
    """A name as it can be shown: bounded, without control characters and lone surrogates."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name[:MAX_NAME])


@dataclass(slots=True)
class Ledger:
    """The rows that are to be written next."""

    _rows: dict[Alike, Tried] = field(default_factory=dict)
    _period: int = 0
    _seen: dict[AccountId | None, set[Alike]] = field(default_factory=dict)
    _total: int = 0

    def add(self, attempt: LoginAttempt) -> None:
        """It counts for its row."""
        self._put(
            self._alike(attempt), Tried(attempt.at, attempt.at, 1, attempt.name[:MAX_NAME], attempt.around.client)
        )

    def take(self) -> Mapping[Alike, Tried]:
        """What is to be written. Where that is not possible, `give_back` follows."""
        rows, self._rows = self._rows, {}
        return rows

    def give_back(self, rows: Mapping[Alike, Tried]) -> None:
        """They could not be written. What was not written for a whole period is forgotten."""
        later, self._rows = self._rows, {one: tried for one, tried in rows.items() if tried.last >= self._period}
        for alike, tried in later.items():
            self._put(alike, tried)

    def _put(self, alike: Alike, tried: Tried) -> None:
        before = self._rows.get(alike)
        if before is not None:
            tried.first = min(before.first, tried.first)
            tried.count += before.count
        self._rows[alike] = tried

    def _alike(self, attempt: LoginAttempt) -> Alike:
        wide = networks(attempt.around.client).wide
        if attempt.result is None:
            return _row_of(attempt, SUCCESSES, attempt.account, wide)
        self._turn_period(attempt.at)
        alike = _row_of(attempt, FAILURES, attempt.account, wide)
        if self._has_room(alike, ROWS_OF_NOBODY if attempt.account is None else ROWS_OF_ACCOUNT, ROWS):
            return alike
        alike = alike._replace(network=_EVERYWHERE)
        return alike if self._has_room(alike, ROWS, 2 * ROWS) else alike._replace(account=None)

    def _has_room(self, alike: Alike, of_account: int, of_all: int) -> bool:
        seen = self._seen.setdefault(alike.account, set())
        if alike in seen:
            return True
        if len(seen) >= of_account or self._total >= of_all:
            return False
        seen.add(alike)
        self._total += 1
        return True

    def _turn_period(self, at: Timestamp) -> None:
        period = int(at // FAILURES) * FAILURES
        if period != self._period:
            self._period, self._total = period, 0
            self._seen.clear()


def _row_of(attempt: LoginAttempt, length: int, account: AccountId | None, network: str) -> Alike:
    around = attempt.around
    tls = around.tls.version if around.tls else ""
    period = int(attempt.at // length)
    result = "" if attempt.result is None else attempt.result.value
    return Alike(period, length, account, network, around.service.value, around.mechanism, tls, result)
