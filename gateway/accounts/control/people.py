"""Changes of accounts and their addresses. Part of the caller's transaction; raises NotPossible."""

import sqlite3
from dataclasses import dataclass

from gateway.accounts.control import checks, removals, rows
from gateway.accounts.control.passwords import NewPassword, add_password
from gateway.accounts.control.setup import Configured
from gateway.accounts.model import Disabled, Role
from gateway.accounts.protocol import NotPossible
from gateway.auth.authenticator import AccountId
from gateway.mail.address import Address
from gateway.mail.units import Timestamp


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be made."""

    address: Address
    name: str
    role: Role
    password: NewPassword
    created: Timestamp


def add(connection: sqlite3.Connection, configured: Configured, new: NewAccount) -> None:
    """See Registrar."""
    name = checks.text("the name", new.name)
    key = checks.free(connection, configured, new.address)
    sql = "INSERT INTO account (name, role, created, salt) VALUES (?, ?, ?, ?) RETURNING id"
    salt = new.password.verifiers.sha256.salt
    row: tuple[int] = connection.execute(sql, (name, new.role, new.created, salt)).fetchone()
    account = AccountId(row[0])
    _insert_address(connection, account, new.address, key)
    add_password(connection, account, new.password, new.created)


def any_account(connection: sqlite3.Connection) -> bool:
    """Whether there is one."""
    return connection.execute("SELECT 1 FROM account LIMIT 1").fetchone() is not None


def remove(connection: sqlite3.Connection, address: Address, now: Timestamp) -> None:
    """See Registrar."""
    account = checks.find(connection, address)
    if account.role is Role.ADMIN:
        checks.other_admin(connection, account.id)
    checks.not_catch_all(connection, account.id)
    connection.execute("DELETE FROM account WHERE id = ?", (account.id,))
    removals.record(connection, account.id, now)


def disable(connection: sqlite3.Connection, address: Address, disabled: Disabled) -> None:
    """See Registrar."""
    account = checks.find(connection, address)
    reason = checks.text("the reason", disabled.reason)
    if account.role is Role.ADMIN and account.disabled is None:
        checks.other_admin(connection, account.id)
    sql = "UPDATE account SET disabled_since = ?, disabled_reason = ?, disabled_mail = ? WHERE id = ?"
    connection.execute(sql, (disabled.since, reason, disabled.mail, account.id))


def enable(connection: sqlite3.Connection, address: Address) -> None:
    """See Registrar."""
    account = checks.find(connection, address)
    if account.disabled is None:
        raise NotPossible(f"{account.address} is not disabled: it needs nothing more")
    sql = "UPDATE account SET disabled_since = NULL, disabled_reason = NULL, disabled_mail = NULL WHERE id = ?"
    connection.execute(sql, (account.id,))


def set_role(connection: sqlite3.Connection, address: Address, role: Role) -> None:
    """See Registrar."""
    account = checks.find(connection, address)
    if account.role is Role.ADMIN and role is not Role.ADMIN:
        checks.other_admin(connection, account.id)
    connection.execute("UPDATE account SET role = ? WHERE id = ?", (role, account.id))


def add_address(connection: sqlite3.Connection, configured: Configured, account: Address, address: Address) -> None:
    """See Registrar."""
    found = checks.find(connection, account)
    _insert_address(connection, found.id, address, checks.free(connection, configured, address))


def remove_address(connection: sqlite3.Connection, address: Address) -> None:
    """See Registrar."""
    account = checks.find(connection, address)
    key = checks.key(address)
    if key == checks.key(account.address):
        raise NotPossible(f"{address} is the account's primary address: only removing the account removes it")
    checks.not_catch_all(connection, account.id, key)
    connection.execute("DELETE FROM address WHERE key = ?", (key,))


def _insert_address(connection: sqlite3.Connection, account: AccountId, address: Address, key: str) -> None:
    sql = """INSERT INTO address (key, domain, text, account, position)
        SELECT ?, ?, ?, ?, coalesce(max(position) + 1, 0) FROM address WHERE account = ?"""
    connection.execute(sql, (key, address.domain.ascii, rows.written(address), account, account))
