"""Changes of domains. Part of the caller's transaction; raises NotPossible."""

import sqlite3

from gateway.accounts.control import checks, rows
from gateway.accounts.control.setup import Configured
from gateway.accounts.protocol import NotPossible
from gateway.mail.address import Address
from gateway.mail.domain import Domain

_USERS = (
    ("an account's address", "SELECT text FROM address WHERE domain = ? LIMIT 1"),
    ("an alias", "SELECT text FROM alias WHERE domain = ? LIMIT 1"),
    ("a refusal", "SELECT text FROM refusal WHERE domain = ? LIMIT 1"),
)
_FORGET_GRANTS = "DELETE FROM send_grant WHERE substr(target, -length(?1)) = ?1"


def add(connection: sqlite3.Connection, configured: Configured, domain: Domain) -> None:
    """See Registrar."""
    if domain.is_literal:
        raise NotPossible(f"{domain} is an address literal: mailboxes live in domains that have a name")
    if domain.ascii in configured.by_name:
        raise NotPossible(f"{domain} stands in the configuration file: it needs nothing more")
    if rows.domain(connection, domain.ascii) is not None:
        raise NotPossible(f"{domain} is a domain of ours already: it needs nothing more")
    connection.execute("INSERT INTO domain (name) VALUES (?)", (domain.ascii,))


def remove(connection: sqlite3.Connection, configured: Configured, domain: Domain) -> None:
    """See Registrar."""
    _editable(connection, configured, domain)
    for what, sql in _USERS:
        row: tuple[str] | None = connection.execute(sql, (domain.ascii,)).fetchone()
        if row is not None:
            raise NotPossible(f"{domain} has {what}, {row[0]}: remove everything there first")
    connection.execute(_FORGET_GRANTS, (f"@{domain.ascii}",))
    connection.execute("DELETE FROM domain WHERE name = ?", (domain.ascii,))


def set_catch_all(
    connection: sqlite3.Connection, configured: Configured, domain: Domain, target: Address | None
) -> None:
    """See Registrar."""
    _editable(connection, configured, domain)
    if target is not None:
        checks.find(connection, target)
    key = None if target is None else checks.key(target)
    connection.execute("UPDATE domain SET catch_all = ? WHERE name = ?", (key, domain.ascii))


def set_separators(
    connection: sqlite3.Connection, configured: Configured, domain: Domain, separators: str | None
) -> None:
    """See Registrar."""
    _editable(connection, configured, domain)
    checks.separators(separators)
    connection.execute("UPDATE domain SET separators = ? WHERE name = ?", (separators, domain.ascii))


def _editable(connection: sqlite3.Connection, configured: Configured, domain: Domain) -> None:
    if domain.ascii in configured.by_name:
        raise NotPossible(f"{domain} stands in the configuration file: change it there (`domains`)")
    checks.local(connection, configured, domain)
