"""What an account may have, and has. Usage is the sum of the mailboxes' counts: it costs a read of their rows."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.store.config import QuotaConfig
from gateway.store.embedded.database.transaction import Transaction
from gateway.store.errors import OverQuota, Resource
from gateway.store.model import ChangeKind
from gateway.store.protocol.quotas import Usage

_USED = "SELECT coalesce(sum(size), 0), coalesce(sum(messages), 0), count(*) FROM mailbox"
_OWN = "SELECT resource, most FROM quota"
_LIMITED = "SELECT 1 FROM quota WHERE most IS NOT NULL LIMIT 1"
_SET = "INSERT INTO quota VALUES (?, ?) ON CONFLICT (resource) DO UPDATE SET most = excluded.most"
_RESET = "DELETE FROM quota WHERE resource = ?"


def usage(connection: sqlite3.Connection, config: QuotaConfig) -> Mapping[Resource, Usage]:
    """Of all resources."""
    own: dict[str, int | None] = dict(connection.execute(_OWN))
    row: tuple[int, int, int] = connection.execute(_USED).fetchone()
    used = dict(zip((Resource.STORAGE, Resource.MESSAGES, Resource.MAILBOXES), row, strict=True))
    return {
        resource: Usage(used[resource], own.get(resource, _configured(config, resource)), resource in own)
        for resource in Resource
    }


def require(transaction: Transaction, more: Mapping[Resource, int]) -> None:
    """See that there is room for that much more. What adds nothing is possible over quota too. Raises OverQuota."""
    found = usage(transaction.connection, transaction.config.quota)
    for resource, added in more.items():
        one = found[resource]
        if added > 0 and one.limit is not None and one.used + added > one.limit:
            raise OverQuota(resource, one.limit, one.used)


def require_room(transaction: Transaction, *, messages: int, octets: int) -> None:
    """See that there is room for more mail; usage is counted only where there is a limit. Raises OverQuota."""
    limits = transaction.config.quota
    configured = limits.storage is not None or limits.messages is not None
    if configured or transaction.connection.execute(_LIMITED).fetchone() is not None:
        require(transaction, {Resource.STORAGE: octets, Resource.MESSAGES: messages})


@dataclass(frozen=True, slots=True)
class SetLimit:
    """None: no limit for this account, whatever the configuration says."""

    resource: Resource
    limit: int | None

    def __call__(self, transaction: Transaction) -> None:
        """Without effect where it is so."""
        own: dict[str, int | None] = dict(transaction.connection.execute(_OWN))
        if (self.resource, self.limit) not in own.items():
            transaction.connection.execute(_SET, (self.resource, self.limit))
            transaction.change(ChangeKind.QUOTA)


@dataclass(frozen=True, slots=True)
class ResetLimit:
    """As the configuration says again."""

    resource: Resource

    def __call__(self, transaction: Transaction) -> None:
        """Without effect where it is so."""
        if transaction.connection.execute(_RESET, (self.resource,)).rowcount:
            transaction.change(ChangeKind.QUOTA)


def _configured(config: QuotaConfig, resource: Resource) -> int | None:
    match resource:
        case Resource.STORAGE:
            return config.storage
        case Resource.MESSAGES:
            return config.messages
        case Resource.MAILBOXES:
            return config.mailboxes
