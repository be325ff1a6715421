"""What people are shown of `activity.db`: for commands and pages, also while no gateway runs."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from gateway.accounts.activity import schema
from gateway.accounts.activity.store import DATABASE
from gateway.accounts.model import LoginRecord
from gateway.accounts.protocol import AccountsUnavailable
from gateway.auth.authenticator import AccountId, CredentialId, Service, Why
from gateway.mail.units import Timestamp
from gateway.storage.migration import migrate

_Row = tuple[float, float, int, int | None, str, str, str, str, str, str]


class ActivityReader:
    """Reads the file at each call; where there is none yet, nothing has happened. Raises AccountsUnavailable."""

    def __init__(self, data: Path) -> None:
        self._path = data / DATABASE

    def last_use(self, account: AccountId) -> Mapping[CredentialId, tuple[Timestamp, str]]:
        """When, and from which address, each password was last used with success."""
        with self._opened() as connection:
            rows: list[tuple[int, float, str]] = connection.execute(schema.USES, (account,)).fetchall()
        return {CredentialId(credential): (Timestamp(at), client) for credential, at, client in rows}

    def logins(self, account: AccountId | None, since: Timestamp, limit: int) -> Sequence[LoginRecord]:
        """Latest first. None: of everybody, also of names that nobody has."""
        with self._opened() as connection:
            rows: list[_Row] = (
                connection.execute(schema.LOGINS, (since, limit))
                if account is None
                else connection.execute(schema.LOGINS_OF, (account, since, limit))
            ).fetchall()
        return [_record(row) for row in rows]

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            if not self._path.exists():
                with closing(sqlite3.connect(":memory:")) as empty:
                    migrate(empty, schema.MIGRATIONS)
                    yield empty
                return
            with closing(sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise AccountsUnavailable(f"the records of log-ins cannot be read: {error}") from error


def _record(row: _Row) -> LoginRecord:
    first, last, count, account, name, service, mechanism, client, tls, result = row
    return LoginRecord(
        Timestamp(first),
        Timestamp(last),
        count,
        None if account is None else AccountId(account),
        name,
        Service(service),
        mechanism,
        client,
        tls,
        Why(result) if result else None,
    )
