"""How much an account may have, and has (QUOTA, RFC 9208; RFC 9425)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.store.errors import Resource


@dataclass(frozen=True, slots=True)
class Usage:
    """Of one resource. STORAGE in octets: each message counts once in each mailbox that it lies in."""

    used: int
    limit: int | None
    own: bool
    """The limit was set for this account; else it is the configuration's."""


class Quotas(Protocol):
    """Of one account."""

    async def usage(self) -> Mapping[Resource, Usage]:
        """Of all resources."""
        ...

    async def set_limit(self, resource: Resource, limit: int | None) -> None:
        """None: no limit for this account, whatever the configuration says."""
        ...

    async def reset_limit(self, resource: Resource) -> None:
        """As the configuration says again."""
        ...
