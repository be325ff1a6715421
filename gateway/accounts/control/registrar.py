"""The writing side of the accounts (`Registrar`) over `control.db`. For any thread.

Each method is one transaction, durable when it returns: a crash leaves all of it or nothing.
"""

from collections.abc import Callable, Sequence

from typing_extensions import override

from gateway.accounts.control import checks, domains, others, passwords, people, removals, rows
from gateway.accounts.control.files import WriterFile
from gateway.accounts.control.setup import Configured, Setup
from gateway.accounts.model import (
    Account,
    AddressRefusal,
    AliasEntry,
    Credential,
    Disabled,
    DomainEntry,
    Grant,
    LoginRecord,
    Role,
)
from gateway.accounts.protocol import Registrar
from gateway.auth.authenticator import AccountId, ScramVerifier, Service
from gateway.mail.address import Address
from gateway.mail.domain import Domain
from gateway.mail.units import Timestamp


class ControlRegistrar(Registrar):
    """Made by `gateway.accounts.control.opening.open_registrar`."""

    def __init__(self, file: WriterFile, setup: Setup) -> None:
        self._file = file
        self._setup = setup

    @property
    def _configured(self) -> Configured:
        return self._setup.configured

    def reconfigure(self, setup: Setup) -> None:
        """The configuration file was read again."""
        self._setup = setup

    def close(self) -> None:
        """Let go of the database."""
        self._file.close()

    @override
    def domains(self) -> Sequence[DomainEntry]:
        named = self._configured.by_name
        return [*self._configured.domains, *(one for one in self.stored_domains() if one.name.ascii not in named)]

    @override
    def add_domain(self, domain: Domain) -> None:
        with self._file.changing() as connection:
            domains.add(connection, self._configured, domain)

    @override
    def remove_domain(self, domain: Domain) -> None:
        with self._file.changing() as connection:
            domains.remove(connection, self._configured, domain)

    @override
    def set_catch_all(self, domain: Domain, target: Address | None) -> None:
        with self._file.changing() as connection:
            domains.set_catch_all(connection, self._configured, domain, target)

    @override
    def set_separators(self, domain: Domain, separators: str | None) -> None:
        with self._file.changing() as connection:
            domains.set_separators(connection, self._configured, domain, separators)

    @override
    def accounts(self) -> Sequence[Account]:
        with self._file.looking() as connection:
            return rows.accounts(connection)

    @override
    def find(self, address: Address) -> Account:
        with self._file.looking() as connection:
            return checks.find(connection, address)

    @override
    def add_account(self, address: Address, name: str = "", role: Role = Role.USER) -> str:
        made = passwords.first_generated()
        new = people.NewAccount(address, name, role, made.kept, self._setup.clock())
        with self._file.changing() as connection:
            people.add(connection, self._configured, new)
        return made.text

    @override
    def remove_account(self, address: Address) -> None:
        with self._file.changing() as connection:
            people.remove(connection, address, self._setup.clock())

    @override
    def removals(self) -> Sequence[AccountId]:
        with self._file.looking() as connection:
            return removals.due(connection)

    @override
    def removal_done(self, account: AccountId) -> None:
        with self._file.changing() as connection:
            removals.done(connection, account)

    @override
    def disable(self, address: Address, disabled: Disabled) -> None:
        with self._file.changing() as connection:
            people.disable(connection, address, disabled)

    @override
    def enable(self, address: Address) -> None:
        with self._file.changing() as connection:
            people.enable(connection, address)

    @override
    def set_role(self, address: Address, role: Role) -> None:
        with self._file.changing() as connection:
            people.set_role(connection, address, role)

    @override
    def generate_password(self, address: Address) -> str:
        account, old = self._own_password(address)
        made = passwords.generated(old.salt)
        with self._file.changing() as connection:
            passwords.replace_own(connection, account, made.kept, self._setup.clock())
        return made.text

    @override
    def choose_password(self, address: Address, password: str) -> None:
        passwords.demand_choosable(password, self.find(address).address, self._setup.passwords)
        account, old = self._own_password(address)
        kept = passwords.chosen(password, old.salt)
        with self._file.changing() as connection:
            passwords.replace_own(connection, account, kept, self._setup.clock())

    @override
    def credentials(self, address: Address) -> Sequence[Credential]:
        used = self._setup.activity.last_use(self.find(address).id)
        with self._file.looking() as connection:
            return passwords.credentials(connection, checks.find(connection, address).id, used)

    @override
    def add_app_password(self, address: Address, name: str, services: frozenset[Service]) -> str:
        account, own = self._own_password(address)
        made = passwords.for_app(passwords.app_name(name), services, own)
        with self._file.changing() as connection:
            passwords.still_there(connection, account)
            passwords.room_for_app(connection, account, name)
            passwords.add_password(connection, account, made.kept, self._setup.clock())
        return made.text

    @override
    def revoke_app_password(self, address: Address, name: str) -> None:
        with self._file.changing() as connection:
            passwords.revoke(connection, checks.find(connection, address).id, name)

    @override
    def add_address(self, account: Address, address: Address) -> None:
        with self._file.changing() as connection:
            people.add_address(connection, self._configured, account, address)

    @override
    def remove_address(self, address: Address) -> None:
        with self._file.changing() as connection:
            people.remove_address(connection, address)

    @override
    def aliases(self) -> Sequence[AliasEntry]:
        with self._file.looking() as connection:
            return others.aliases(connection)

    @override
    def set_alias(self, address: Address, targets: Sequence[Address]) -> None:
        with self._file.changing() as connection:
            others.set_alias(connection, self._configured, address, targets)

    @override
    def remove_alias(self, address: Address) -> None:
        with self._file.changing() as connection:
            others.remove_alias(connection, self._configured, address)

    @override
    def refusals(self) -> Sequence[AddressRefusal]:
        with self._file.looking() as connection:
            return others.refusals(connection)

    @override
    def set_refusal(self, refusal: AddressRefusal) -> None:
        with self._file.changing() as connection:
            others.set_refusal(connection, self._configured, refusal)

    @override
    def remove_refusal(self, address: Address) -> None:
        with self._file.changing() as connection:
            others.remove_refusal(connection, address)

    @override
    def grants(self, account: Address | None = None) -> Sequence[Grant]:
        with self._file.looking() as connection:
            return others.grants(connection, account)

    @override
    def add_grant(self, grant: Grant) -> None:
        with self._file.changing() as connection:
            others.add_grant(connection, grant)

    @override
    def remove_grant(self, account: Address, target: Address | Domain) -> None:
        with self._file.changing() as connection:
            others.remove_grant(connection, account, target)

    @override
    def logins(self, address: Address | None, since: Timestamp, limit: int) -> Sequence[LoginRecord]:
        account = None if address is None else self.find(address).id
        return self._setup.activity.logins(account, since, limit)

    def stored_domains(self) -> Sequence[DomainEntry]:
        """Those of the database, also where the configuration has them too."""
        with self._file.looking() as connection:
            return rows.domains(connection)

    def is_empty(self) -> bool:
        """Whether there is no account at all."""
        with self._file.looking() as connection:
            return not people.any_account(connection)

    def add_first(self, new: people.NewAccount, show: Callable[[], None]) -> bool:
        """Make the first account of all, shown before it is committed; False: there is one already.

        See `gateway.accounts.control.first`.
        """
        with self._file.changing() as connection:
            if people.any_account(connection):
                return False
            people.add(connection, self._configured, new)
            show()
        return True

    def _own_password(self, address: Address) -> tuple[AccountId, ScramVerifier]:
        """The account and what verifies its own password."""
        with self._file.looking() as connection:
            account = checks.find(connection, address).id
            return account, rows.passwords(connection, account)[0].sha256
