"""What all sessions of a listener share."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.imap.config import ImapConfig
from gateway.imap.people import People
from gateway.listen.logins import Logins
from gateway.mail.units import Timestamp
from gateway.mailbox.views import Views
from gateway.store.protocol.store import Store


@dataclass(frozen=True, slots=True)
class Service:
    """A listener ready to serve. Never changes: a reload makes a new one, which later connections get."""

    hostname: str
    config: ImapConfig
    logins: Logins
    store: Store
    views: Views
    people: People
    clock: Callable[[], Timestamp]
