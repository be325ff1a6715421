"""Changes of aliases, refusals and grants. Part of the caller's transaction; raises NotPossible."""

import sqlite3
from collections.abc import Sequence
from typing import Final

from gateway.accounts.control import checks, rows
from gateway.accounts.control.setup import Configured
from gateway.accounts.model import AddressRefusal, AliasEntry, Grant, GrantKind
from gateway.accounts.protocol import NotPossible
from gateway.mail.address import Address, parse_address
from gateway.mail.domain import Domain, parse_domain

MAX_TARGETS: Final = 1000
"""Of one alias; an alias can lead to other aliases."""


def aliases(connection: sqlite3.Connection) -> list[AliasEntry]:
    """All of them."""
    return [rows.alias(row) for row in connection.execute("SELECT text, targets FROM alias ORDER BY domain, key")]


def set_alias(
    connection: sqlite3.Connection, configured: Configured, address: Address, targets: Sequence[Address]
) -> None:
    """See Registrar."""
    key = checks.storable(connection, configured, address)
    checks.not_anybodys(connection, address, key)
    checks.not_configured_alias(configured, address, key)
    if not 0 < len(targets) <= MAX_TARGETS:
        raise NotPossible(f"an alias stands for 1 to {MAX_TARGETS} addresses: name them, or use several aliases")
    if any(target.key == address.key for target in targets):
        raise NotPossible(f"{address} cannot stand for itself: make an account of it, or leave it out")
    sql = "INSERT OR REPLACE INTO alias (key, domain, text, targets) VALUES (?, ?, ?, ?)"
    row = (key, address.domain.ascii, rows.written(address), rows.packed_targets(targets))
    connection.execute(sql, row)


def remove_alias(connection: sqlite3.Connection, configured: Configured, address: Address) -> None:
    """See Registrar."""
    key = checks.key(address)
    checks.not_configured_alias(configured, address, key)
    if connection.execute("DELETE FROM alias WHERE key = ?", (key,)).rowcount == 0:
        raise NotPossible(f"{address} is no alias: see their list (gateway account alias)")


def refusals(connection: sqlite3.Connection) -> list[AddressRefusal]:
    """All of them."""
    sql = "SELECT text, code, status, reply FROM refusal ORDER BY domain, key"
    return [rows.refusal(row) for row in connection.execute(sql)]


def set_refusal(connection: sqlite3.Connection, configured: Configured, refusal: AddressRefusal) -> None:
    """See Registrar."""
    checks.refusal(refusal)
    address = refusal.address
    key = checks.storable(connection, configured, address)
    sql = "INSERT OR REPLACE INTO refusal (key, domain, text, code, status, reply) VALUES (?, ?, ?, ?, ?, ?)"
    said = (refusal.code, str(refusal.status), refusal.text)
    connection.execute(sql, (key, address.domain.ascii, rows.written(address), *said))


def remove_refusal(connection: sqlite3.Connection, address: Address) -> None:
    """See Registrar."""
    if connection.execute("DELETE FROM refusal WHERE key = ?", (checks.key(address),)).rowcount == 0:
        raise NotPossible(f"{address} is not refused: it needs nothing more")


def grants(connection: sqlite3.Connection, account: Address | None) -> list[Grant]:
    """Of one account, or all."""
    who = None if account is None else checks.find(connection, account).id
    sql = """SELECT address.text, send_grant.text, kind FROM send_grant
        JOIN address ON address.account = send_grant.account AND position = 0
        WHERE ?1 IS NULL OR send_grant.account = ?1 ORDER BY address.key, target"""
    return [_grant(row) for row in connection.execute(sql, (who,))]


def _grant(row: tuple[str, str, str]) -> Grant:
    account, text, kind = row
    target = parse_domain(text[1:]) if text.startswith("@") else parse_address(text)
    return Grant(parse_address(account), target, GrantKind(kind))


def add_grant(connection: sqlite3.Connection, grant: Grant) -> None:
    """See Registrar."""
    account = checks.find(connection, grant.account)
    key, text = _target(grant.target)
    if rows.owner(connection, key) == account.id:
        raise NotPossible(f"{grant.target} is an address of this account: it needs no grant")
    sql = "INSERT OR REPLACE INTO send_grant (account, target, text, kind) VALUES (?, ?, ?, ?)"
    connection.execute(sql, (account.id, key, text, grant.kind))


def remove_grant(connection: sqlite3.Connection, account: Address, target: Address | Domain) -> None:
    """See Registrar."""
    found = checks.find(connection, account)
    sql = "DELETE FROM send_grant WHERE account = ? AND target = ?"
    if connection.execute(sql, (found.id, _target(target)[0])).rowcount == 0:
        raise NotPossible(f"{account} has no grant for {target}: see their list (gateway account grant)")


def _target(target: Address | Domain) -> tuple[str, str]:
    if isinstance(target, Domain):
        return f"@{target.ascii}", f"@{target}"
    return checks.key(target), rows.written(target)
