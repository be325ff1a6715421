"""What the configuration file says about accounts, and what the Registrar is told beside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateway.accounts.config import AccountConfig, PasswordConfig
from gateway.accounts.model import DomainEntry, LoginRecord
from gateway.auth.authenticator import AccountId, CredentialId
from gateway.auth.names import BadName, account_key
from gateway.mail.address import Address
from gateway.mail.units import Timestamp


@dataclass(frozen=True, slots=True)
class Configured:
    """Domains and aliases of the configuration file: read-only for the Registrar.

    `aliases`: the addresses alone. They are followed elsewhere; here they are only never given to anybody.
    """

    domains: tuple[DomainEntry, ...] = ()
    aliases: tuple[Address, ...] = ()
    separators: str = AccountConfig().separators.signs
    """Of domains that have none of their own."""
    by_name: Mapping[str, DomainEntry] = field(init=False, repr=False, compare=False)
    alias_keys: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {entry.name.ascii: entry for entry in self.domains})
        object.__setattr__(self, "alias_keys", frozenset(filter(None, map(comparable, self.aliases))))


class Activity(Protocol):
    """What log-ins leave behind (`activity.db`), as far as it is shown together with accounts."""

    def last_use(self, account: AccountId) -> Mapping[CredentialId, tuple[Timestamp, str]]:
        """When, and from which address, each password was last used with success."""
        ...

    def logins(self, account: AccountId | None, since: Timestamp, limit: int) -> Sequence[LoginRecord]:
        """Latest first. None: of everybody, also of names that nobody has."""
        ...


@dataclass(frozen=True, slots=True)
class Setup:
    """What the Registrar works with."""

    configured: Configured
    passwords: PasswordConfig
    activity: Activity
    clock: Callable[[], Timestamp]


def comparable(address: Address) -> str | None:
    """The key of an address; None where no account, alias or refusal can have it."""
    try:
        return account_key(address)
    except BadName:
        return None
