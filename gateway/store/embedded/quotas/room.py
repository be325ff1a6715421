"""Whether an account has room for more mail. Usage is counted only where there is a limit."""

from gateway.store.embedded.database.transaction import Transaction
from gateway.store.embedded.quotas.limits import require
from gateway.store.errors import Resource

_LIMITED = "SELECT 1 FROM quota WHERE most IS NOT NULL LIMIT 1"


def require_room(transaction: Transaction, *, messages: int, octets: int) -> None:
    """Raises OverQuota."""
    limits = transaction.config.quota
    configured = limits.storage is not None or limits.messages is not None
    if configured or transaction.connection.execute(_LIMITED).fetchone() is not None:
        require(transaction, {Resource.STORAGE: octets, Resource.MESSAGES: messages})
