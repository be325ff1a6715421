"""What changed: the one feed that IDLE, NOTIFY, CONDSTORE, QRESYNC, JMAP and the web live from."""

from collections.abc import Callable
from typing import Protocol

from gateway.auth.authenticator import AccountId
from gateway.store.model import Changes, MailboxId, ModSeq


class HistoryLost(Exception):
    """Not all that happened after that moment is remembered."""


class Feed(Protocol):
    """Of one account."""

    async def at(self) -> ModSeq:
        """The account's state now."""
        ...

    async def since(self, moment: ModSeq, *, mailbox: MailboxId | None = None, limit: int = 10_000) -> Changes:
        """What happened after a moment, oldest first; of one mailbox or of all. Raises HistoryLost.

        Of one mailbox: what concerns its messages. Of all: also what concerns the account.
        """
        ...


class Hints(Protocol):
    """Tells, soon after a commit in whatever process of this host, that an account has changed.

    A hint may be lost, repeated or late: who hears of none looks from time to time by itself.
    """

    def watch(self, account: AccountId, heard: Callable[[ModSeq], None]) -> Callable[[], None]:
        """`heard` is called on the event loop, and must not raise. Returns what ends it."""
        ...

    def tell(self, account: AccountId, at: ModSeq) -> None:
        """It has changed, and is now in this state. From any thread; never blocks, never raises."""
        ...
