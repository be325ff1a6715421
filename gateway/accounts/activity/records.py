"""Records of log-ins, merged before they are written: pure. Whatever is tried, an hour makes a bounded number of rows.

Attempts that are alike (account, service, mechanism, wide network, TLS, result) within a period are one row with a
count. Names that nobody has are one name. Beyond the bounds of a period the networks are one as well, and at last the
accounts are.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

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
"""A period, for failures; successes are not bounded by anything but their number of accounts and networks."""

_EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """One attempt that has ended. `result` None: it succeeded."""

    account: AccountId | None
    name: str
    around: Circumstances
    result: Why | None
    at: Timestamp


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table `login`, or what is to be added to it."""

    id: int
    first: Timestamp
    last: Timestamp
    count: int
    account: int | None
    name: str
    service: str
    mechanism: str
    client: str
    tls: str
    result: str
    """Empty: it succeeded."""


def safe_name(name: str) -> str:
    """A name as it can be shown: bounded, without control characters and lone surrogates."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name[:MAX_NAME])


@dataclass(slots=True)
class Ledger:
    """The rows that are to be written next."""

    _rows: dict[int, Row] = field(default_factory=dict)
    _period: int = 0
    _seen: dict[int | None, set[int]] = field(default_factory=dict)
    _total: int = 0

    def add(self, attempt: LoginAttempt) -> None:
        """It counts for its row."""
        fresh = self._row(attempt)
        row = self._rows.get(fresh.id)
        self._rows[fresh.id] = fresh if row is None else _merged(row, fresh)

    def take(self) -> list[Row]:
        """What is to be written. Where that is not possible, `give_back` follows."""
        rows, self._rows = self._rows, {}
        return list(rows.values())

    def give_back(self, rows: Iterable[Row]) -> None:
        """They could not be written. What was not written for a whole period is forgotten."""
        for row in rows:
            if row.last >= self._period:
                after = self._rows.get(row.id)
                self._rows[row.id] = row if after is None else _merged(row, after)

    def _row(self, attempt: LoginAttempt) -> Row:
        wide = networks(attempt.around.client).wide
        if attempt.result is None:
            return _row(_digest(attempt, SUCCESSES, attempt.account, wide), attempt, attempt.account)
        self._turn_period(attempt.at)
        for account, network in ((attempt.account, wide), (attempt.account, _EVERYWHERE)):
            key = _digest(attempt, FAILURES, account, network)
            if self._has_room(key, account):
                return _row(key, attempt, account)
        return _row(_digest(attempt, FAILURES, None, _EVERYWHERE), attempt, None)

    def _has_room(self, key: int, account: AccountId | None) -> bool:
        seen = self._seen.setdefault(account, set())
        if key in seen:
            return True
        most = ROWS_OF_NOBODY if account is None else ROWS_OF_ACCOUNT
        if len(seen) >= most or self._total >= ROWS:
            return False
        seen.add(key)
        self._total += 1
        return True

    def _turn_period(self, at: Timestamp) -> None:
        period = int(at // FAILURES) * FAILURES
        if period != self._period:
            self._period, self._total = period, 0
            self._seen.clear()


def _digest(attempt: LoginAttempt, length: int, account: int | None, network: str) -> int:
    """Names a row: 63 bits, so that each worker finds it without asking."""
    around, period = attempt.around, int(attempt.at // length)
    tls = around.tls.version if around.tls else ""
    parts = (period, length, account, network, around.service, around.mechanism, tls, attempt.result)
    return int.from_bytes(hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()) >> 1


def _row(key: int, attempt: LoginAttempt, account: AccountId | None) -> Row:
    around = attempt.around
    return Row(
        key,
        attempt.at,
        attempt.at,
        1,
        account,
        safe_name(attempt.name),
        around.service,
        around.mechanism,
        around.client,
        around.tls.version if around.tls else "",
        attempt.result or "",
    )


def _merged(row: Row, later: Row) -> Row:
    return replace(later, first=min(row.first, later.first), count=row.count + later.count)
