"""Accounts and what belongs to them, as commands, pages and shells see them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from gateway.auth.authenticator import AccountId, CredentialId, Service, Why
from gateway.mail.address import Address
from gateway.mail.codes import EnhancedCode
from gateway.mail.domain import Domain
from gateway.mail.units import Timestamp


class Role(StrEnum):
    """What an account may do beside using its own mail."""

    USER = "user"
    ADMIN = "admin"


class WhileDisabled(StrEnum):
    """What becomes of mail for a disabled account."""

    DELIVER = "deliver"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Disabled:
    """An account that nobody can log in to."""

    reason: str
    """Told to whoever logs in with the right password."""
    mail: WhileDisabled
    since: Timestamp


class PasswordKind(StrEnum):
    """Where a password came from, and what is kept of it (docs/accounts.md)."""

    GENERATED = "generated"
    CHOSEN = "chosen"
    APP = "app"
    """Generated, for one program."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A password of an account, without anything that could verify it."""

    id: CredentialId
    kind: PasswordKind
    name: str
    """Of an app password; empty for the account's own."""
    services: frozenset[Service]
    """What it is good for; all of them where empty."""
    created: Timestamp
    used: Timestamp | None
    """Last successful log-in with it."""
    used_from: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can log in."""

    id: AccountId
    address: Address
    """The primary address: shown, and what other systems know the account by."""
    addresses: tuple[Address, ...]
    """All of its own addresses, the primary first. Aliases are not among them."""
    name: str
    """For people: `Jörg Müller`."""
    role: Role
    created: Timestamp
    disabled: Disabled | None = None


class GrantKind(StrEnum):
    """How somebody may write under another address."""

    SEND_AS = "send-as"
    """As if it were an address of their own."""
    ON_BEHALF = "send-on-behalf"
    """With a `Sender` field that says who it was (RFC 5322 3.6.2)."""


@dataclass(frozen=True, slots=True)
class Grant:
    """The right of an account to write under an address, or under every address of a domain, that is not its own."""

    account: Address
    target: Address | Domain
    kind: GrantKind


@dataclass(frozen=True, slots=True)
class AliasEntry:
    """An alias of the control database. `aliases` in the configuration has others."""

    address: Address
    targets: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class AddressRefusal:
    """An address that never takes mail, whatever catch-all there is."""

    address: Address
    code: int
    status: EnhancedCode
    text: str


@dataclass(frozen=True, slots=True)
class DomainEntry:
    """A local domain. `configured`: it stands in the configuration file and is read-only here."""

    name: Domain
    catch_all: Address | None = None
    """Who gets mail for addresses that nobody has."""
    separators: str | None = None
    """The characters that begin a subaddress (`al+lists@`); empty: none do; None: as configured for all domains."""
    configured: bool = False


@dataclass(frozen=True, slots=True)
class LoginRecord:
    """Log-in attempts that were alike, merged: same account, service, mechanism, client network, TLS and result."""

    first: Timestamp
    last: Timestamp
    count: int
    account: AccountId | None
    """None: nobody has that name."""
    name: str
    """As the client gave it, cut to a bounded length."""
    service: Service
    mechanism: str
    client: str
    """The address of the last attempt."""
    tls: str
    """`TLSv1.3`; empty: none."""
    result: Why | None
    """None: it succeeded."""


SessionId = NewType("SessionId", str)
"""Names a live session: `WORKER-NUMBER`."""


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """Somebody who is connected and logged in."""

    id: SessionId
    account: AccountId
    address: Address
    service: Service
    listener: str
    client: str
    tls: str
    mechanism: str
    since: Timestamp
