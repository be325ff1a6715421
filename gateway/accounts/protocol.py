"""What the rest of the gateway asks of the accounts. One contract suite (tests/contract) holds every engine.

`Directory` is the reading side, asked several times a message: it answers from memory or from a local file, without
suspending. `Registrar` is the writing side, for commands and pages. What a Registrar has done is durable when its call
returns, and every Directory, in whatever process, has noticed within a second.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.accounts.config import Quota
from gateway.accounts.model import (
    Account,
    AddressRefusal,
    AliasEntry,
    Credential,
    Disabled,
    DomainEntry,
    Grant,
    GrantKind,
    LoginRecord,
    Role,
)
from gateway.auth.authenticator import AccountId, CredentialId, Service
from gateway.mail.address import Address
from gateway.mail.domain import Domain
from gateway.mail.units import Timestamp


class AccountsUnavailable(Exception):
    """The database cannot be read or written now (disk full, locked, corrupt); nothing was changed."""


class NotPossible(Exception):
    """What was asked for cannot be done; the message says why and what to do, for people."""


@dataclass(frozen=True, slots=True)
class Known:
    """The address is an account's own, or leads to it as a subaddress or through the catch-all."""

    account: Account
    address: Address
    """The account's address that takes the mail."""
    subaddress: str = ""
    """What stood behind the separator (RFC 5233 detail)."""
    catch_all: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The address never takes mail, or its account is disabled and takes none."""

    code: int
    status: str
    text: str


class Nobody:
    """The domain is local; nobody has that address."""

    __slots__ = ()


class Elsewhere:
    """The domain is not local."""

    __slots__ = ()


Resolution = Known | Refused | Nobody | Elsewhere
"""Whose mailbox an address is. Aliases are not followed here (`Directory.alias`)."""


class SendRight(Protocol):
    """Whether an account may write under an address."""

    def __call__(self, account: AccountId, address: Address) -> GrantKind | None:
        """SEND_AS also for the account's own addresses and their subaddresses; None: it may not."""
        ...


class Directory(Protocol):
    """The reading side."""

    def is_local(self, domain: Domain) -> bool:
        """Whether mailboxes of this domain live here: of the configuration or of the control database."""
        ...

    def has_accounts(self, domain: Domain) -> bool:
        """Whether it is known who has an address in this local domain: an account has one there, or there is a
        catch-all. Else what its routes take is taken. Raises AccountsUnavailable."""
        ...

    def resolve(self, address: Address) -> Resolution:
        """Whose mailbox it is. Raises AccountsUnavailable."""
        ...

    def alias(self, address: Address) -> tuple[Address, ...] | None:
        """What the address directly stands for in the control database; None: it is no alias."""
        ...

    def may_send_as(self, account: AccountId, address: Address) -> GrantKind | None:
        """See SendRight. Raises AccountsUnavailable."""
        ...

    def account(self, account: AccountId) -> Account | None:
        """The account as it is now; None: it was removed."""
        ...

    def good(self, account: AccountId, credential: CredentialId | None) -> bool:
        """Whether a session that began with this credential may go on: the account is enabled, the password is still
        one of its own."""
        ...

    def version(self) -> int:
        """Changes whenever anything does: whoever keeps conclusions compares it. Costs microseconds."""
        ...


class Registrar(Protocol):
    """The writing side. Every method raises NotPossible and AccountsUnavailable; then nothing was changed.

    Passwords are returned once, here, and are kept nowhere.
    """

    def domains(self) -> Sequence[DomainEntry]:
        """Those of the configuration first."""
        ...

    def add_domain(self, domain: Domain) -> None:
        """Mailboxes may live there from now on."""
        ...

    def remove_domain(self, domain: Domain) -> None:
        """Not possible while anything has an address there."""
        ...

    def set_catch_all(self, domain: Domain, target: Address | None) -> None:
        """Who gets mail for addresses that nobody has; None: nobody."""
        ...

    def set_separators(self, domain: Domain, separators: str | None) -> None:
        """See DomainEntry."""
        ...

    def accounts(self) -> Sequence[Account]:
        """All, by address."""
        ...

    def find(self, address: Address) -> Account:
        """The account that has the address."""
        ...

    def add_account(self, address: Address, name: str = "", role: Role = Role.USER) -> str:
        """Returns its generated password."""
        ...

    def remove_account(self, address: Address) -> None:
        """With its passwords, addresses and grants; its log-in records stay for their time. That its mail is to go is
        recorded with it (`removals`)."""
        ...

    def removals(self) -> Sequence[AccountId]:
        """Accounts that were removed and whose mail the store was not told to remove yet."""
        ...

    def removal_done(self, account: AccountId) -> None:
        """The store has recorded that this account's mail is to go."""
        ...

    def disable(self, address: Address, disabled: Disabled) -> None:
        """Nobody can log in any more; sessions end."""
        ...

    def enable(self, address: Address) -> None:
        """The opposite of `disable`."""
        ...

    def set_role(self, address: Address, role: Role) -> None:
        """Not possible where it leaves nobody to administer."""
        ...

    def generate_password(self, address: Address) -> str:
        """A new one instead of the account's own; app passwords stay."""
        ...

    def choose_password(self, address: Address, password: str) -> None:
        """Only where the configuration allows it (`passwords: custom`)."""
        ...

    def credentials(self, address: Address) -> Sequence[Credential]:
        """The account's own password first."""
        ...

    def add_app_password(self, address: Address, name: str, services: frozenset[Service]) -> str:
        """Returns it. No services: good for all."""
        ...

    def revoke_app_password(self, address: Address, name: str) -> None:
        """Sessions that used it end."""
        ...

    def add_address(self, account: Address, address: Address) -> None:
        """One more address of its own."""
        ...

    def remove_address(self, address: Address) -> None:
        """Not the primary one."""
        ...

    def aliases(self) -> Sequence[AliasEntry]:
        """Those of the control database."""
        ...

    def set_alias(self, address: Address, targets: Sequence[Address]) -> None:
        """New, or instead of what it was."""
        ...

    def remove_alias(self, address: Address) -> None:
        """The address is nobody's again."""
        ...

    def refusals(self) -> Sequence[AddressRefusal]:
        """All of them."""
        ...

    def set_refusal(self, refusal: AddressRefusal) -> None:
        """New, or instead of what it was."""
        ...

    def remove_refusal(self, address: Address) -> None:
        """The address is as any other again."""
        ...

    def grants(self, account: Address | None = None) -> Sequence[Grant]:
        """Of one account, or all."""
        ...

    def add_grant(self, grant: Grant) -> None:
        """Replaces one of the other kind."""
        ...

    def remove_grant(self, account: Address, target: Address | Domain) -> None:
        """The account may not write under it any more."""
        ...

    def logins(self, address: Address | None, since: Timestamp, limit: int) -> Sequence[LoginRecord]:
        """Latest first. None: of everybody, also of names that nobody has."""
        ...


class Meter(Protocol):
    """How much was submitted lately, over all workers. From memory; what other workers counted is seen after a second.

    `who` is `account:ID` or `client:ADDRESS`.
    """

    def again(self, who: str, quota: Quota, recipients: int, now: Timestamp) -> Timestamp | None:
        """None: one more message to so many recipients is within the quota; else when it will be."""
        ...

    def count(self, who: str, recipients: int, now: Timestamp) -> None:
        """A message is taken."""
        ...

    def forget(self, who: str, recipients: int, counted: Timestamp) -> None:
        """A message that was counted then could not be taken after all."""
        ...
