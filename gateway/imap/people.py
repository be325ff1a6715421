"""Who has which account: what IMAP asks of the accounts' directory, which is one of these."""

from typing import Protocol

from gateway.accounts.model import Account
from gateway.accounts.protocol import Resolution
from gateway.auth.authenticator import AccountId
from gateway.mail.address import Address


class People(Protocol):
    """See `gateway.accounts.protocol.Directory`. Answers without suspending; raises AccountsUnavailable."""

    def account(self, account: AccountId) -> Account | None:
        """As it is now; None: it was removed."""
        ...

    def resolve(self, address: Address) -> Resolution:
        """Whose mailbox it is."""
        ...
