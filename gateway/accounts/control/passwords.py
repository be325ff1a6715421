"""Passwords of accounts: made outside of transactions, since that takes its time, stored inside of one.

All passwords of an account share its salt, and an app password has the iterations of the account's own password at
that time (see `gateway.accounts.vault.Holder`).
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.accounts.config import PasswordConfig, Passwords
from gateway.accounts.control import checks, rows
from gateway.accounts.model import Credential, PasswordKind
from gateway.accounts.protocol import NotPossible
from gateway.auth.authenticator import AccountId, CredentialId, ScramVerifier, Service
from gateway.auth.common import choice_policy
from gateway.auth.names import BadPassword
from gateway.auth.passwords import (
    CHOSEN_ITERATIONS,
    GENERATED_ITERATIONS,
    Verifiers,
    argon2_hash,
    generate,
    new_salt,
    verifiers,
)
from gateway.mail.address import Address
from gateway.mail.units import Timestamp

MAX_APP_PASSWORDS: Final = 50
"""Of one account: each is compared at each log-in."""
MAX_NAME: Final = 64

LastUse = Mapping[CredentialId, tuple[Timestamp, str]]


@dataclass(frozen=True, slots=True)
class NewPassword:
    """What is stored of a new password."""

    kind: PasswordKind
    verifiers: Verifiers = field(repr=False)
    argon2: str | None = field(default=None, repr=False)
    name: str = ""
    services: frozenset[Service] = frozenset()


@dataclass(frozen=True, slots=True)
class Generated:
    """A password to be shown once, and what is kept of it."""

    text: str = field(repr=False)
    kept: NewPassword


def generated(salt: bytes) -> Generated:
    """An account's own password, made by us."""
    text = generate()
    return Generated(text, NewPassword(PasswordKind.GENERATED, verifiers(text, salt, GENERATED_ITERATIONS)))


def first_generated() -> Generated:
    """The same for a new account."""
    return generated(new_salt())


def for_app(name: str, services: frozenset[Service], like: ScramVerifier) -> Generated:
    """A password for one program, with the salt and the iterations of the account's own."""
    text = generate()
    checked = verifiers(text, like.salt, like.iterations)
    return Generated(text, NewPassword(PasswordKind.APP, checked, None, name, services))


def demand_choosable(password: str, account: Address, config: PasswordConfig) -> None:
    """See that the account's owner may choose the password. Raises NotPossible."""
    if config.policy is not Passwords.CUSTOM:
        why = "nobody chooses a password here (`passwords: generated`)"
        raise NotPossible(f"{why}: let one be generated (gateway account password {account})")
    try:
        choice_policy(config.min_length, config.common).demand(password, account)
    except BadPassword as error:
        raise NotPossible(f"{error}: choose another one") from None
    except (OSError, UnicodeDecodeError) as error:
        raise NotPossible(f"{config.common} cannot be read: {error}: mend `passwords` in the configuration") from error


def chosen(password: str, salt: bytes) -> NewPassword:
    """An account's own password, chosen by a person. Raises NotPossible."""
    try:
        checked = verifiers(password, salt, CHOSEN_ITERATIONS)
        return NewPassword(PasswordKind.CHOSEN, checked, argon2_hash(password))
    except BadPassword as error:
        raise NotPossible(f"{error}: choose another one") from None


def add_password(connection: sqlite3.Connection, account: AccountId, new: NewPassword, created: Timestamp) -> None:
    """Store a password under a name that is free."""
    sql = """INSERT INTO credential (account, name, kind, services, created, iterations, sha1_stored, sha1_server,
        sha256_stored, sha256_server, argon2) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
    sha1, sha256 = new.verifiers.sha1, new.verifiers.sha256
    keys = (sha1.stored_key, sha1.server_key, sha256.stored_key, sha256.server_key)
    about = (account, new.name, new.kind, rows.packed_services(new.services), created, sha256.iterations)
    connection.execute(sql, (*about, *keys, new.argon2))


def replace_own(connection: sqlite3.Connection, account: AccountId, new: NewPassword, created: Timestamp) -> None:
    """Store the account's own password. It is a new credential: sessions that used the old one end."""
    still_there(connection, account)
    connection.execute("DELETE FROM credential WHERE account = ? AND name = ''", (account,))
    add_password(connection, account, new, created)


def still_there(connection: sqlite3.Connection, account: AccountId) -> None:
    """See that the account was not removed while its password was made. Raises NotPossible."""
    if rows.account(connection, account) is None:
        raise NotPossible("the account was removed meanwhile: look for it in gateway account list")


def app_name(name: str) -> str:
    """A name that an app password can have. Raises NotPossible."""
    if not name.strip():
        raise NotPossible("an app password needs a name: say which program it is for")
    return checks.text("the name of an app password", name, limit=MAX_NAME)


def room_for_app(connection: sqlite3.Connection, account: AccountId, name: str) -> None:
    """See that one more app password can be made. Raises NotPossible."""
    sql = "SELECT count(*), coalesce(sum(name = ?), 0) FROM credential WHERE account = ? AND name <> ''"
    row: tuple[int, int] = connection.execute(sql, (name, account)).fetchone()
    if row[1]:
        raise NotPossible(f"there is an app password named {name}: revoke it, or choose another name")
    if row[0] >= MAX_APP_PASSWORDS:
        raise NotPossible(f"an account has {MAX_APP_PASSWORDS} app passwords at most: revoke one first")


def revoke(connection: sqlite3.Connection, account: AccountId, name: str) -> None:
    """Remove an app password. Raises NotPossible."""
    sql = "DELETE FROM credential WHERE account = ? AND name = ? AND name <> ''"
    if connection.execute(sql, (account, name)).rowcount == 0:
        raise NotPossible(f"there is no app password named {name}: see their list (gateway account app-password)")


def credentials(connection: sqlite3.Connection, account: AccountId, used: LastUse) -> list[Credential]:
    """The passwords of an account, its own first."""
    sql = "SELECT id, kind, name, services, created FROM credential WHERE account = ? ORDER BY name <> '', id"
    return [_credential(row, used) for row in connection.execute(sql, (account,))]


def _credential(row: tuple[int, str, str, str, float], used: LastUse) -> Credential:
    id_, kind, name, services, created = row
    at, client = used.get(CredentialId(id_), (None, ""))
    good_for = rows.services(services)
    return Credential(CredentialId(id_), PasswordKind(kind), name, good_for, Timestamp(created), at, client)
