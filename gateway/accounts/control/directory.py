"""Whose an address is (`Directory`), from `control.db`. For one event loop.

An address is looked at in this order: a refusal of it, or of what it is a subaddress of; whose it is itself; whose it
is as a subaddress, longest match first; the catch-all of its domain.

What was found is remembered until anything changes in the database: a look at it costs 3 µs at most once in 50 ms. What
is remembered is bounded; accounts are never held as a whole.
"""

import sqlite3
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from typing_extensions import override

from gateway.accounts.control import rows
from gateway.accounts.control.files import Reader
from gateway.accounts.control.setup import Configured, comparable
from gateway.accounts.control.subaddress import Candidate, candidates
from gateway.accounts.model import Account, DomainEntry, GrantKind, WhileDisabled
from gateway.accounts.protocol import (
    AccountsUnavailable,
    Directory,
    Elsewhere,
    Known,
    Nobody,
    Refused,
    Resolution,
)
from gateway.auth.authenticator import AccountId, CredentialId
from gateway.mail.address import Address
from gateway.mail.domain import Domain

REMEMBERED: Final = 4096
"""Answers of each kind that are remembered; then it begins anew."""

_DISABLED: Final = Refused(550, "5.2.1", "this mailbox is disabled")
_NOBODY: Final = Nobody()
_ELSEWHERE: Final = Elsewhere()

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

_Key = tuple[str, str]
"""Localpart and domain: quicker to hash than an Address."""


@dataclass(slots=True)
class _Memory:
    """Answers that hold for one version of the database."""

    version: int = -1
    domains: dict[str, DomainEntry | None] = field(default_factory=dict)
    inhabited: dict[str, bool] = field(default_factory=dict)
    resolutions: dict[_Key, Resolution] = field(default_factory=dict)
    aliases: dict[_Key, tuple[Address, ...] | None] = field(default_factory=dict)
    rights: dict[tuple[int, str, str], GrantKind | None] = field(default_factory=dict)
    accounts: dict[int, Account | None] = field(default_factory=dict)
    good: dict[tuple[int, int | None], bool] = field(default_factory=dict)


class ControlDirectory(Directory):
    """Made by `gateway.accounts.control.opening.open_directory`."""

    def __init__(self, reader: Reader, configured: Configured) -> None:
        self._reader = reader
        self._configured = configured
        self._configurations = 0
        self._memory = _Memory()

    def reconfigure(self, configured: Configured) -> None:
        """The configuration file was read again."""
        self._configured = configured
        self._configurations += 1
        self._memory = _Memory()

    def close(self) -> None:
        """Let go of the database. A later question opens it again."""
        self._reader.close()

    @override
    def version(self) -> int:
        try:
            version = self._reader.version()
        except AccountsUnavailable:
            version = self._reader.last_version
        return version + self._configurations

    @override
    def is_local(self, domain: Domain) -> bool:
        name = domain.ascii
        if name in self._configured.by_name:
            return True
        known = self._fresh().domains
        if name not in known:
            with self._reader.snapshot() as connection:
                _remember(known, name, rows.domain(connection, name))
        return known[name] is not None

    @override
    def has_accounts(self, domain: Domain) -> bool:
        known = self._fresh().inhabited
        name = domain.ascii
        return known[name] if name in known else _remember(known, name, self._has_accounts(domain))

    @override
    def resolve(self, address: Address) -> Resolution:
        key = (address.local.text, address.domain.ascii)
        known = self._fresh().resolutions
        found = known.get(key)
        return found if found is not None else _remember(known, key, self._resolve(address))

    @override
    def alias(self, address: Address) -> tuple[Address, ...] | None:
        key = (address.local.text, address.domain.ascii)
        known = self._fresh().aliases
        return known[key] if key in known else _remember(known, key, self._alias(address))

    @override
    def may_send_as(self, account: AccountId, address: Address) -> GrantKind | None:
        key = (account, address.local.text, address.domain.ascii)
        known = self._fresh().rights
        return known[key] if key in known else _remember(known, key, self._right(account, address))

    @override
    def account(self, account: AccountId) -> Account | None:
        known = self._fresh().accounts
        if account not in known:
            with self._reader.snapshot() as connection:
                _remember(known, account, rows.account(connection, account))
        return known[account]

    @override
    def good(self, account: AccountId, credential: CredentialId | None) -> bool:
        key = (account, credential)
        known = self._fresh().good
        return known[key] if key in known else _remember(known, key, self._good(account, credential))

    def _fresh(self) -> _Memory:
        version = self._reader.recent_version()
        if version != self._memory.version:
            self._memory = _Memory(version)
        return self._memory

    def _domain(self, connection: sqlite3.Connection, domain: Domain) -> DomainEntry | None:
        return self._configured.by_name.get(domain.ascii) or rows.domain(connection, domain.ascii)

    def _candidates(self, address: Address, domain: DomainEntry) -> Sequence[Candidate]:
        separators = domain.separators
        return candidates(address, self._configured.separators if separators is None else separators)

    def _has_accounts(self, domain: Domain) -> bool:
        with self._reader.snapshot() as connection:
            entry = self._domain(connection, domain)
            if entry is None or entry.catch_all is not None:
                return entry is not None
            sql = "SELECT 1 FROM address WHERE domain = ? LIMIT 1"
            return connection.execute(sql, (domain.ascii,)).fetchone() is not None

    def _resolve(self, address: Address) -> Resolution:
        with self._reader.snapshot() as connection:
            domain = self._domain(connection, address.domain)
            if domain is None:
                return _ELSEWHERE
            possible = self._candidates(address, domain)
            refused = _refusal(connection, possible)
            if refused is not None:
                return refused
            for candidate in possible:
                known = _known(connection, candidate)
                if known is not None:
                    return known
            return _NOBODY if domain.catch_all is None else _caught(connection, domain.catch_all)

    def _alias(self, address: Address) -> tuple[Address, ...] | None:
        with self._reader.snapshot() as connection:
            domain = self._domain(connection, address.domain)
            if domain is None:
                return None
            possible = self._candidates(address, domain)
            if _refusal(connection, possible) is not None:
                return None
            for candidate in possible:
                if rows.owner(connection, candidate.key) is not None:
                    return None
                found = _targets(connection, candidate.key)
                if found is not None:
                    return found
        return None

    def _right(self, account: AccountId, address: Address) -> GrantKind | None:
        with self._reader.snapshot() as connection:
            domain = self._domain(connection, address.domain)
            possible = candidates(address, "") if domain is None else self._candidates(address, domain)
            for candidate in possible:
                owner = rows.owner(connection, candidate.key)
                if owner == account:
                    return GrantKind.SEND_AS
                granted = _granted(connection, account, candidate.key)
                if granted is not None:
                    return granted
                if owner is not None or _targets(connection, candidate.key) is not None:
                    break
            return _granted(connection, account, f"@{address.domain.ascii}")

    def _good(self, account: AccountId, credential: CredentialId | None) -> bool:
        sql = "SELECT disabled_since IS NULL FROM account WHERE id = ?"
        with self._reader.snapshot() as connection:
            row: tuple[int] | None = connection.execute(sql, (account,)).fetchone()
            if row is None or not row[0]:
                return False
            sql = "SELECT 1 FROM credential WHERE id = ? AND account = ?"
            return credential is None or connection.execute(sql, (credential, account)).fetchone() is not None


def _remember(known: dict[K, T], key: K, answer: T) -> T:
    if len(known) >= REMEMBERED:
        known.clear()
    known[key] = answer
    return answer


def _refusal(connection: sqlite3.Connection, possible: Sequence[Candidate]) -> Refused | None:
    for candidate in possible:
        sql = "SELECT code, status, reply FROM refusal WHERE key = ?"
        row: tuple[int, str, str] | None = connection.execute(sql, (candidate.key,)).fetchone()
        if row is not None:
            return Refused(*row)
    return None


def _known(connection: sqlite3.Connection, candidate: Candidate) -> Known | Refused | None:
    owner = rows.owner(connection, candidate.key)
    account = None if owner is None else rows.account(connection, owner)
    if account is None:
        return None
    if account.disabled is not None and account.disabled.mail is WhileDisabled.REFUSE:
        return _DISABLED
    address = next(one for one in account.addresses if comparable(one) == candidate.key)
    return Known(account, address, candidate.subaddress)


def _caught(connection: sqlite3.Connection, target: Address) -> Resolution:
    key = comparable(target)
    found = None if key is None else _known(connection, Candidate(key))
    match found:
        case Known(account=account, address=address):
            return Known(account, address, catch_all=True)
        case Refused():
            return found
        case None:
            return _NOBODY


def _targets(connection: sqlite3.Connection, key: str) -> tuple[Address, ...] | None:
    row: tuple[str] | None = connection.execute("SELECT targets FROM alias WHERE key = ?", (key,)).fetchone()
    return None if row is None else rows.targets(row[0])


def _granted(connection: sqlite3.Connection, account: AccountId, target: str) -> GrantKind | None:
    sql = "SELECT kind FROM send_grant WHERE account = ? AND target = ?"
    row: tuple[str] | None = connection.execute(sql, (account, target)).fetchone()
    return None if row is None else GrantKind(row[0])
