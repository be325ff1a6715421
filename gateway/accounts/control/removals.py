"""Accounts that were removed and whose mail is still to go. Part of the caller's transaction.

A number is never used again: one that is here is nobody's.
"""

import sqlite3

from gateway.auth.authenticator import AccountId
from gateway.mail.units import Timestamp


def record(connection: sqlite3.Connection, account: AccountId, now: Timestamp) -> None:
    """In the transaction that removes the account."""
    connection.execute("INSERT INTO removal (account, at) VALUES (?, ?)", (account, now))


def due(connection: sqlite3.Connection) -> list[AccountId]:
    """Never one that an account has, whatever was put into the database."""
    sql = "SELECT account FROM removal WHERE account NOT IN (SELECT id FROM account) ORDER BY at, account"
    return [AccountId(row[0]) for row in connection.execute(sql)]


def done(connection: sqlite3.Connection, account: AccountId) -> None:
    """The store knows of it now. Without effect where there is nothing of the kind."""
    connection.execute("DELETE FROM removal WHERE account = ?", (account,))
