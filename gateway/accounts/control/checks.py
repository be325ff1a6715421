"""What may be stored, and what is in its way. Every refusal says what to do. Part of the caller's transaction."""

import sqlite3
from typing import Final, NoReturn

from gateway.accounts.control import rows
from gateway.accounts.control.setup import Configured
from gateway.accounts.model import Account, AddressRefusal, Role
from gateway.accounts.protocol import NotPossible
from gateway.auth.authenticator import AccountId
from gateway.auth.names import BadName, account_key
from gateway.mail.address import Address
from gateway.mail.domain import Domain
from gateway.mail.subaddress import SIGNS

MAX_LOCAL_PART: Final = 64
"""Octets (RFC 5321 4.5.3.1.1): a longer one would be refused elsewhere."""
MAX_TEXT: Final = 200


def key(address: Address) -> str:
    """The address as addresses are compared. Raises NotPossible."""
    try:
        return account_key(address)
    except BadName as error:
        raise NotPossible(f"{error}: choose another address") from error


def local(connection: sqlite3.Connection, configured: Configured, domain: Domain) -> None:
    """See that mailboxes may live there. Raises NotPossible."""
    if domain.ascii not in configured.by_name and rows.domain(connection, domain.ascii) is None:
        raise NotPossible(f"{domain} is no domain of ours: add it first (gateway domain add {domain})")


def storable(connection: sqlite3.Connection, configured: Configured, address: Address) -> str:
    """The key of an address that may be an account's, an alias or refused. Raises NotPossible."""
    local(connection, configured, address.domain)
    if len(address.local.text.encode()) > MAX_LOCAL_PART:
        raise NotPossible(f"a localpart has {MAX_LOCAL_PART} octets at most: choose a shorter address")
    return key(address)


def not_anybodys(connection: sqlite3.Connection, address: Address, key_: str) -> None:
    """See that no account has the address. Raises NotPossible."""
    owner = rows.owner(connection, key_)
    holder = None if owner is None else rows.account(connection, owner)
    if holder is not None:
        raise NotPossible(f"{address} is an address of the account {holder.address}: remove it there first")


def not_configured_alias(configured: Configured, address: Address, key_: str) -> None:
    """See that the configuration file has no such alias. Raises NotPossible."""
    if key_ in configured.alias_keys:
        raise NotPossible(f"{address} is an alias in the configuration file: remove it there first")


def not_alias(connection: sqlite3.Connection, configured: Configured, address: Address, key_: str) -> None:
    """See that the address is no alias. Raises NotPossible."""
    not_configured_alias(configured, address, key_)
    if connection.execute("SELECT 1 FROM alias WHERE key = ?", (key_,)).fetchone():
        raise NotPossible(f"{address} is an alias: remove that first (gateway account alias)")


def free(connection: sqlite3.Connection, configured: Configured, address: Address) -> str:
    """The key of an address that an account can get. Raises NotPossible."""
    key_ = storable(connection, configured, address)
    not_anybodys(connection, address, key_)
    not_alias(connection, configured, address, key_)
    return key_


def find(connection: sqlite3.Connection, address: Address) -> Account:
    """The account that has the address. Raises NotPossible."""
    owner = rows.owner(connection, key(address))
    account = None if owner is None else rows.account(connection, owner)
    if account is None:
        raise NotPossible(f"no account has the address {address}: look for it in gateway account list")
    return account


def other_admin(connection: sqlite3.Connection, account: AccountId) -> None:
    """See that somebody else could still administer. Raises NotPossible."""
    sql = "SELECT 1 FROM account WHERE role = ? AND id <> ? AND disabled_since IS NULL LIMIT 1"
    if connection.execute(sql, (Role.ADMIN, account)).fetchone() is None:
        raise NotPossible("this is the last admin who can log in: give another account the role admin first")


def not_catch_all(connection: sqlite3.Connection, account: AccountId, key_: str | None = None) -> None:
    """See that no domain has this address, or any of the account's, as its catch-all. Raises NotPossible."""
    sql = """SELECT name FROM domain JOIN address ON key = catch_all
        WHERE account = ? AND (? IS NULL OR key = ?) ORDER BY name LIMIT 1"""
    row: tuple[str] | None = connection.execute(sql, (account, key_, key_)).fetchone()
    if row is not None:
        raise NotPossible(f"it gets what nobody else gets in {row[0]}: set another catch-all there, or none, first")


def text(what: str, value: str, *, limit: int = MAX_TEXT) -> str:
    """A text for people, on one line. Raises NotPossible."""
    if len(value) > limit:
        raise NotPossible(f"{what} has {limit} characters at most: choose a shorter one")
    if not value.isprintable():
        raise NotPossible(f"{what} has no line breaks nor control characters: leave them out")
    return value


def separators(value: str | None) -> None:
    """See that these may begin a subaddress. Raises NotPossible."""
    if value is not None and not set(SIGNS).issuperset(value):
        raise NotPossible(f"separators are signs such as + or -: {SIGNS}")


def refusal(wanted: AddressRefusal) -> None:
    """See that this can be said to a client (RFC 5321 4.2, RFC 3463). Raises NotPossible."""
    if wanted.code // 100 not in (4, 5) or wanted.status.klass != wanted.code // 100:
        _cannot("a refusal begins with 4 or 5, code and status alike: 550 and 5.1.1, or 450 and 4.2.1")
    if not (wanted.text and wanted.text.isascii() and wanted.text.isprintable()):
        _cannot("the text of a refusal is one line of ASCII: write it without accents and line breaks")
    text("the text of a refusal", wanted.text)


def _cannot(why: str) -> NoReturn:
    raise NotPossible(why)
