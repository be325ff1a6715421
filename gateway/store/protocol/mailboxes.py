"""The account's mailboxes by name: made, renamed, deleted, subscribed (RFC 9051 6.3, RFC 6154, RFC 8621 2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.mail.units import Seconds
from gateway.store.model import Mailbox, MailboxId, ModSeq, SpecialUse, Uid


@dataclass(frozen=True, slots=True)
class Purpose:
    """What the mailbox is for; None: nothing special."""

    special_use: SpecialUse | None


@dataclass(frozen=True, slots=True)
class Order:
    """Where it stands among its siblings (RFC 8621 2 sortOrder)."""

    sort_order: int


@dataclass(frozen=True, slots=True)
class Expiry:
    """How long messages stay in it after they were saved there; None: until somebody expunges them."""

    expire_after: Seconds | None


Trait = Purpose | Order | Expiry
"""What can be changed of a mailbox beside its name and its subscription."""


class Mailboxes(Protocol):
    """Of one account. Names are as in `Mailbox.name`; `INBOX` in any case, also as the first level."""

    async def all(self) -> Sequence[Mailbox]:
        """By name, the parents first, INBOX before all others."""
        ...

    async def find(self, name: str) -> Mailbox:
        """Raises NoSuchMailbox, also for a name that is only above others: what is not selectable."""
        ...

    async def create(self, name: str, use: SpecialUse | None = None) -> Mailbox:
        """With the levels above it that are missing. Raises MailboxExists, OverQuota, NotPossible (no name for a
        mailbox; the use is another's)."""
        ...

    async def rename(self, mailbox: MailboxId, name: str) -> Mailbox:
        """With all that is below it. Renaming INBOX moves its messages to a new mailbox (RFC 9051 6.3.6).

        Raises NoSuchMailbox, MailboxExists, NotPossible.
        """
        ...

    async def delete(self, mailbox: MailboxId, *, if_empty: bool = False) -> None:
        """With its messages. One with children stays as a name that is not selectable (RFC 9051 6.3.5).

        `if_empty`: NotPossible where it has messages (RFC 8621 2.5). Raises NoSuchMailbox, HasChildren (it is only a
        name already), NotPossible (INBOX).
        """
        ...

    async def change(self, mailbox: MailboxId, *traits: Trait) -> Mailbox:
        """All of them, or none. Raises NoSuchMailbox, NotPossible (the use is another's, or none for INBOX)."""
        ...

    async def subscriptions(self) -> Sequence[str]:
        """Names, also of mailboxes that are not there (RFC 9051 6.3.7)."""
        ...

    async def subscribe(self, name: str) -> None:
        """Without effect where it is subscribed. Raises NotPossible (too many; no name for a mailbox)."""
        ...

    async def unsubscribe(self, name: str) -> None:
        """Without effect where it is not subscribed."""
        ...

    async def claim_recent(self, mailbox: MailboxId) -> Uid:
        """Messages from the returned UID on are recent for the caller, and for no session after it."""
        ...

    async def history_since(self, mailbox: MailboxId) -> ModSeq:
        """Changes of a mailbox after this moment are all remembered; what happened before may be forgotten."""
        ...
