"""The whole store, and an account's mail in it."""

from collections.abc import Sequence
from typing import Protocol

from gateway.auth.authenticator import AccountId
from gateway.mail.units import Timestamp
from gateway.store.model import ModSeq
from gateway.store.protocol.annotations import Annotations
from gateway.store.protocol.emails import Emails
from gateway.store.protocol.feed import Feed, Hints
from gateway.store.protocol.mailboxes import Mailboxes
from gateway.store.protocol.quotas import Quotas
from gateway.store.protocol.search import SearchIndex
from gateway.store.protocol.sharing import Shares, Sharing


class Mail(Protocol):
    """The mail of one account. Cheap to make and to keep: files are opened when they are needed, and closed when others
    need them more."""

    @property
    def account(self) -> AccountId:
        """Whose it is."""
        ...

    @property
    def mailboxes(self) -> Mailboxes:
        """By name."""
        ...

    @property
    def emails(self) -> Emails:
        """What is in them."""
        ...

    @property
    def feed(self) -> Feed:
        """What changed."""
        ...

    @property
    def annotations(self) -> Annotations:
        """METADATA."""
        ...

    @property
    def sharing(self) -> Sharing:
        """ACL."""
        ...

    @property
    def quotas(self) -> Quotas:
        """How much."""
        ...

    @property
    def index(self) -> SearchIndex:
        """Full text."""
        ...


class Hold(Protocol):
    """A session's claim: whatever it can still name is kept. It ends with the process too."""

    def seen(self, at: ModSeq) -> None:
        """The session can name nothing any more that was expunged up to then. Costs microseconds."""
        ...

    def release(self) -> None:
        """The session is over."""
        ...


class Store(Protocol):
    """All accounts' mail."""

    @property
    def hints(self) -> Hints:
        """Who has changed."""
        ...

    @property
    def shares(self) -> Shares:
        """Who shares with whom."""
        ...

    def mail(self, account: AccountId) -> Mail:
        """An account's mail: made at its first use, with INBOX and the usual mailboxes. Removed: StoreUnavailable."""
        ...

    async def hold(self, account: AccountId) -> Hold:
        """To be taken before a session reads anything that it will name."""
        ...

    async def remove(self, account: AccountId) -> None:
        """Have all its mail removed once no session holds it. Recorded before it returns, carried out by `tidy`; the
        number is never used again, so nothing comes back."""
        ...

    async def tidy(self, now: Timestamp) -> None:
        """Housekeeping, to be called from time to time by one process: expunged octets that nobody can name, expired
        messages, removed accounts, forgotten history, orphaned files. A bounded piece of work at each call."""
        ...

    async def accounts(self) -> Sequence[AccountId]:
        """Those that have mail here."""
        ...

    async def healthy(self) -> bool:
        """Whether anything can be written, found out by doing it."""
        ...

    async def close(self) -> None:
        """Finish what was begun."""
        ...
