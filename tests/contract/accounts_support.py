"""Engines of the accounts for the contract suite, and what to ask of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.accounts.config import PasswordConfig, Passwords
from gateway.accounts.control.opening import open_directory, open_registrar, open_vault
from gateway.accounts.control.setup import Configured, Setup
from gateway.accounts.model import DomainEntry, LoginRecord
from gateway.accounts.protocol import Directory, Known, Registrar
from gateway.accounts.vault import Vault
from gateway.auth.authenticator import AccountId, CredentialId, Service
from gateway.mail.address import Address, parse_address
from gateway.mail.domain import parse_domain
from gateway.mail.units import Timestamp

NOW = Timestamp(1_800_000_000.0)
HOME = parse_domain("home.example")
BOOKS = parse_domain("bücher.example")
OTHER = parse_domain("other.example")

CONFIGURED = Configured(
    (DomainEntry(HOME, configured=True), DomainEntry(BOOKS, configured=True)),
    (parse_address("ops@home.example"),),
)


@dataclass(slots=True)
class Uses:
    """Log-ins that a test says there were."""

    used: dict[AccountId, dict[CredentialId, tuple[Timestamp, str]]] = field(default_factory=dict)
    records: list[LoginRecord] = field(default_factory=list)

    def last_use(self, account: AccountId) -> Mapping[CredentialId, tuple[Timestamp, str]]:
        return self.used.get(account, {})

    def logins(self, account: AccountId | None, since: Timestamp, limit: int) -> Sequence[LoginRecord]:
        return [one for one in self.records if account in (None, one.account) and one.last >= since][:limit]


@dataclass(slots=True)
class Accounts:
    """One process's view of the accounts."""

    registrar: Registrar
    directory: Directory
    vault: Vault
    close: Callable[[], None]

    def resolve(self, text: str) -> object:
        """What the directory says, once it has noticed every change."""
        self.directory.version()
        return self.directory.resolve(parse_address(text))

    def whose(self, text: str) -> tuple[str, str] | None:
        """The primary address of the account that gets the mail, and the subaddress."""
        found = self.resolve(text)
        return (str(found.account.address), found.subaddress) if isinstance(found, Known) else None

    def alias(self, text: str) -> tuple[str, ...] | None:
        self.directory.version()
        found = self.directory.alias(parse_address(text))
        return None if found is None else tuple(map(str, found))

    def right(self, account: str, text: str) -> str | None:
        """Under which right the account may write under the address."""
        self.directory.version()
        return self.directory.may_send_as(self.registrar.find(parse_address(account)).id, parse_address(text))

    def id(self, text: str) -> AccountId:
        return self.registrar.find(parse_address(text)).id


@dataclass(frozen=True, slots=True)
class Place:
    """Where accounts are kept, and what is configured for them."""

    folder: Path
    uses: Uses
    configured: Configured = CONFIGURED
    passwords: PasswordConfig = field(default_factory=PasswordConfig)

    def with_custom(self) -> "Place":
        """The same, where people may choose passwords."""
        return replace(self, passwords=PasswordConfig(policy=Passwords.CUSTOM))


Engine = Callable[[Place], Accounts]


def setup_of(place: Place) -> Setup:
    return Setup(place.configured, place.passwords, place.uses, lambda: NOW)


def control(place: Place) -> Accounts:
    registrar = open_registrar(place.folder, setup_of(place))
    directory = open_directory(place.folder, place.configured)
    vault = open_vault(place.folder)

    def close() -> None:
        registrar.close()
        directory.close()
        vault.close()

    return Accounts(registrar, directory, vault, close)


ENGINES: dict[str, Engine] = {"control": control}

ALL_SERVICES: frozenset[Service] = frozenset()


def address(text: str) -> Address:
    return parse_address(text)
