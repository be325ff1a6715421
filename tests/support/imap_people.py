"""A directory of accounts that a test writes down."""

from collections.abc import Sequence

from gateway.accounts.model import Account, Role
from gateway.accounts.protocol import Known, Nobody, Resolution
from gateway.auth.authenticator import AccountId
from gateway.mail.address import Address, parse_address
from gateway.mail.units import Timestamp


class FakePeople:
    """Accounts are numbered from 1 on, in the order in which they were given. `admins` are addresses too."""

    def __init__(self, addresses: Sequence[str], admins: Sequence[str] = ()) -> None:
        self._accounts: dict[AccountId, Account] = {}
        for number, text in enumerate(addresses, 1):
            address = parse_address(text)
            role = Role.ADMIN if text in admins else Role.USER
            self._accounts[AccountId(number)] = Account(AccountId(number), address, (address,), "", role, Timestamp(0))

    def account(self, account: AccountId) -> Account | None:
        return self._accounts.get(account)

    def resolve(self, address: Address) -> Resolution:
        for account in self._accounts.values():
            if account.address.key == address.key:
                return Known(account, account.address)
        return Nobody()

    def remove(self, account: AccountId) -> None:
        """It is nobody's any more."""
        del self._accounts[account]
