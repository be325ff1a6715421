"""What log-ins are checked against. Only `gateway.accounts` itself looks in here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateway.accounts.model import Account, PasswordKind
from gateway.auth.authenticator import AccountId, CredentialId, ScramVerifier, Service
from gateway.mail.address import Address


@dataclass(frozen=True, slots=True)
class StoredPassword:
    """A password of an account, as what can verify it."""

    id: CredentialId
    kind: PasswordKind
    services: frozenset[Service]
    """What it is good for; all of them where empty."""
    sha1: ScramVerifier
    sha256: ScramVerifier
    argon2: str | None = field(default=None, repr=False)
    """Of a chosen password: what PLAIN is checked against (RFC 9106, in the PHC string format)."""


@dataclass(frozen=True, slots=True)
class Holder:
    """An account with its passwords, its own first.

    The passwords of one account share salt and iteration count as long as its own password is not changed from
    generated to chosen or back: a SCRAM exchange tells the client one salt, before anybody knows which password it has.
    """

    account: Account
    passwords: Sequence[StoredPassword]


class Vault(Protocol):
    """The reading side of the passwords. Answers from a local file; raises AccountsUnavailable."""

    def holder(self, address: Address) -> Holder | None:
        """Who logs in under this name: any of the account's own addresses. None: nobody."""
        ...

    def holder_of(self, account: AccountId) -> Holder | None:
        """The same, by id."""
        ...

    @property
    def pepper(self) -> bytes:
        """32 secret octets of this installation, made once: salts of names that nobody has are derived from them."""
        ...
