"""Rows of `control.db` as values, and back. All functions are part of the caller's transaction."""

import sqlite3
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import orjson

from gateway.accounts.model import (
    Account,
    AddressRefusal,
    AliasEntry,
    Disabled,
    DomainEntry,
    PasswordKind,
    Role,
    WhileDisabled,
)
from gateway.accounts.vault import StoredPassword
from gateway.auth.authenticator import AccountId, CredentialId, ScramHash, ScramVerifier, Service
from gateway.mail.address import Address, LocalPart, parse_address
from gateway.mail.codes import POLICY, EnhancedCode
from gateway.mail.domain import parse_domain
from gateway.mail.units import Timestamp

AccountRow = tuple[int, str, str, float, float | None, str, str]

_ACCOUNT: Final = "SELECT id, name, role, created, disabled_since, disabled_reason, disabled_mail FROM account"


def account(connection: sqlite3.Connection, id_: AccountId) -> Account | None:
    """One account."""
    row: AccountRow | None = connection.execute(f"{_ACCOUNT} WHERE id = ?", (id_,)).fetchone()
    if row is None:
        return None
    texts = connection.execute("SELECT text FROM address WHERE account = ? ORDER BY position", (id_,)).fetchall()
    return _account(row, [text for (text,) in texts])


def accounts(connection: sqlite3.Connection) -> list[Account]:
    """All, by primary address."""
    addresses: defaultdict[int, list[str]] = defaultdict(list)
    for id_, text in connection.execute("SELECT account, text FROM address ORDER BY account, position"):
        addresses[id_].append(text)
    found = [_account(row, addresses[row[0]]) for row in connection.execute(_ACCOUNT)]
    return sorted(found, key=lambda one: (one.address.domain.ascii, one.address.key))


def _account(row: AccountRow, texts: Sequence[str]) -> Account:
    id_, name, role, created, since, reason, mail = row
    disabled = None if since is None else Disabled(reason, WhileDisabled(mail), Timestamp(since))
    addresses = tuple(parse_address(text) for text in texts)
    return Account(AccountId(id_), addresses[0], addresses, name, Role(role), Timestamp(created), disabled)


def owner(connection: sqlite3.Connection, key: str) -> AccountId | None:
    """Whose own address it is."""
    row: tuple[int] | None = connection.execute("SELECT account FROM address WHERE key = ?", (key,)).fetchone()
    return None if row is None else AccountId(row[0])


def written(address: Address) -> str:
    """An address as it is stored: NFC, U-labels."""
    return str(Address(LocalPart(unicodedata.normalize("NFC", address.local.text)), address.domain))


def targets(text: str) -> tuple[Address, ...]:
    """The targets of an alias."""
    return tuple(parse_address(one) for one in orjson.loads(text))


def packed_targets(addresses: Sequence[Address]) -> str:
    """The opposite of `targets`."""
    return orjson.dumps([str(address) for address in addresses]).decode()


def alias(row: tuple[str, str]) -> AliasEntry:
    """`text`, `targets` of an alias."""
    return AliasEntry(parse_address(row[0]), targets(row[1]))


def refusal(row: tuple[str, int, str, str]) -> AddressRefusal:
    """`text`, `code`, `status`, `reply` of a refusal."""
    text, code, status, reply = row
    return AddressRefusal(parse_address(text), code, EnhancedCode.parse(status) or POLICY, reply)


def domain(connection: sqlite3.Connection, name: str) -> DomainEntry | None:
    """A domain of the database, by its A-label."""
    sql = """SELECT domain.name, address.text, separators FROM domain LEFT JOIN address ON address.key = catch_all
        WHERE domain.name = ?"""
    row: tuple[str, str | None, str | None] | None = connection.execute(sql, (name,)).fetchone()
    return None if row is None else _domain(row)


def domains(connection: sqlite3.Connection) -> list[DomainEntry]:
    """All domains of the database."""
    sql = """SELECT domain.name, address.text, separators FROM domain LEFT JOIN address ON address.key = catch_all
        ORDER BY domain.name"""
    return [_domain(row) for row in connection.execute(sql)]


def _domain(row: tuple[str, str | None, str | None]) -> DomainEntry:
    name, catch_all, separators = row
    return DomainEntry(parse_domain(name), None if catch_all is None else parse_address(catch_all), separators)


def services(text: str) -> frozenset[Service]:
    """What a password is good for."""
    return frozenset(Service(name) for name in text.split())


def packed_services(good_for: frozenset[Service]) -> str:
    """The opposite of `services`."""
    return " ".join(sorted(good_for))


def passwords(connection: sqlite3.Connection, id_: AccountId) -> list[StoredPassword]:
    """The passwords of an account, its own first."""
    sql = """SELECT salt, credential.id, kind, services, iterations, sha1_stored, sha1_server, sha256_stored,
        sha256_server, argon2 FROM credential JOIN account ON account.id = account WHERE account = ?
        ORDER BY credential.name <> '', credential.id"""
    return [_password(row) for row in connection.execute(sql, (id_,))]


_PasswordRow = tuple[bytes, int, str, str, int, bytes, bytes, bytes, bytes, str | None]


def _password(row: _PasswordRow) -> StoredPassword:
    salt, id_, kind, good_for, iterations, sha1_stored, sha1_server, sha256_stored, sha256_server, argon2 = row
    sha1 = ScramVerifier(ScramHash.SHA1, salt, iterations, sha1_stored, sha1_server)
    sha256 = ScramVerifier(ScramHash.SHA256, salt, iterations, sha256_stored, sha256_server)
    return StoredPassword(CredentialId(id_), PasswordKind(kind), services(good_for), sha1, sha256, argon2)
