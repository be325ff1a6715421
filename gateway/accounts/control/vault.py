"""What log-ins are checked against (`Vault`), from `control.db`. For one event loop. Nothing is remembered."""

import sqlite3

from typing_extensions import override

from gateway.accounts.control import rows
from gateway.accounts.control.files import Reader
from gateway.accounts.control.setup import comparable
from gateway.accounts.vault import Holder, Vault
from gateway.auth.authenticator import AccountId
from gateway.mail.address import Address


class ControlVault(Vault):
    """Made by `gateway.accounts.control.opening.open_vault`."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._pepper: bytes | None = None

    def close(self) -> None:
        """Let go of the database. A later question opens it again."""
        self._reader.close()

    @override
    def holder(self, address: Address) -> Holder | None:
        key = comparable(address)
        if key is None:
            return None
        with self._reader.snapshot() as connection:
            owner = rows.owner(connection, key)
            return None if owner is None else _holder(connection, owner)

    @override
    def holder_of(self, account: AccountId) -> Holder | None:
        with self._reader.snapshot() as connection:
            return _holder(connection, account)

    @property
    @override
    def pepper(self) -> bytes:
        if self._pepper is None:
            with self._reader.snapshot() as connection:
                row: tuple[bytes] = connection.execute("SELECT pepper FROM installation").fetchone()
                self._pepper = row[0]
        return self._pepper


def _holder(connection: sqlite3.Connection, id_: AccountId) -> Holder | None:
    account = rows.account(connection, id_)
    return None if account is None else Holder(account, tuple(rows.passwords(connection, id_)))
