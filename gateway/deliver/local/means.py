"""What delivery into mailboxes works with."""

from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.accounts.protocol import Directory
from gateway.deliver.local.observer import Observer, Unobserved
from gateway.deliver.local.place import Places
from gateway.mail.units import Timestamp
from gateway.store.config import MailboxConfig
from gateway.store.protocol.store import Store


@dataclass(slots=True)
class Means:
    """Of one worker. `config` and `places.subaddresses` are replaced when the configuration is read again."""

    store: Store
    directory: Directory
    config: MailboxConfig
    clock: Callable[[], Timestamp]
    observer: Observer = field(default_factory=Unobserved)
    places: Places = field(default_factory=Places)

    def __post_init__(self) -> None:
        self.adopt(self.config)

    def adopt(self, config: MailboxConfig) -> None:
        """Deliveries from now on go by this configuration."""
        self.config = config
        self.places.subaddresses = config.subaddress_mailboxes
