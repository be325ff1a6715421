"""What delivery into mailboxes works with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from gateway.accounts.protocol import Directory
from gateway.auth.authenticator import AccountId
from gateway.deliver.local.observer import Observer, Unobserved
from gateway.deliver.local.place import Places
from gateway.mail.units import Timestamp
from gateway.store.config import MailboxConfig
from gateway.store.protocol.store import Mail, Store

KEPT: Final = 1000
"""Accounts whose `Mail` is at hand."""


@dataclass(slots=True)
class Means:
    """Of one worker. `config` and `places.subaddresses` are replaced when the configuration is read again."""

    store: Store
    directory: Directory
    config: MailboxConfig
    clock: Callable[[], Timestamp]
    observer: Observer = field(default_factory=Unobserved)
    places: Places = field(default_factory=Places)

    _mail: dict[AccountId, Mail] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.adopt(self.config)

    def adopt(self, config: MailboxConfig) -> None:
        """Deliveries from now on go by this configuration."""
        self.config = config
        self._mail.clear()
        self.places.subaddresses = config.subaddress_mailboxes

    def mail(self, account: AccountId) -> Mail:
        """That of an account, kept for the next message. Raises StoreUnavailable."""
        found = self._mail.get(account)
        if found is None:
            found = self.store.mail(account)
            if len(self._mail) >= KEPT:
                self._mail.clear()
            self._mail[account] = found
        return found
