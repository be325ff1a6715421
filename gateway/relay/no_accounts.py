"""A gateway without accounts: a relay alone, and what commands that only read the configuration work with."""

from typing import Final

from typing_extensions import override

from gateway.accounts.model import Account, GrantKind
from gateway.accounts.protocol import Directory, Elsewhere, Resolution
from gateway.auth.authenticator import AccountId, CredentialId
from gateway.mail.address import Address
from gateway.mail.domain import Domain


class NoAccounts(Directory):
    """Nobody lives here."""

    @override
    def is_local(self, domain: Domain) -> bool:
        return False

    @override
    def has_accounts(self, domain: Domain) -> bool:
        return False

    @override
    def resolve(self, address: Address) -> Resolution:
        return Elsewhere()

    @override
    def alias(self, address: Address) -> tuple[Address, ...] | None:
        return None

    @override
    def may_send_as(self, account: AccountId, address: Address) -> GrantKind | None:
        return None

    @override
    def account(self, account: AccountId) -> Account | None:
        return None

    @override
    def good(self, account: AccountId, credential: CredentialId | None) -> bool:
        return False

    @override
    def version(self) -> int:
        return 0


NO_ACCOUNTS: Final = NoAccounts()
