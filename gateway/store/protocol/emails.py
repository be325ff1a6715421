"""Messages: what is done to them, and what can be read of them."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from gateway.mail.octets import OctetSource
from gateway.mail.units import Timestamp
from gateway.store.actions import Action, Result
from gateway.store.flags import KeywordSets
from gateway.store.model import (
    Email,
    EmailId,
    Entries,
    Glance,
    LinkColumns,
    MailboxId,
    Measures,
    ModSeq,
    Place,
    SortText,
    ThreadId,
)
from gateway.summary.model import Summary

INLINE_LIMIT: Final = 64 * 1024
"""Octets of a message up to which callers hold it in memory; a larger one comes by a spool."""


class Spool(Protocol):
    """A large message while it arrives. Used by one task; either `finish` or `discard` ends it."""

    async def write(self, data: bytes) -> None:
        """Append. Raises StoreUnavailable."""
        ...

    async def finish(self) -> OctetSource:
        """Fsync file and folder: what it returns can be appended to this account once. Raises StoreUnavailable."""
        ...

    def discard(self) -> None:
        """Remove the file, unless it has been appended. Safe to call twice and after a failure."""
        ...


class Emails(Protocol):
    """Of one account."""

    def spool(self) -> Spool:
        """For a message that is not to be held in memory."""
        ...

    async def carry_out(
        self, actions: Sequence[Action], now: Timestamp, *, expected: ModSeq | None = None
    ) -> tuple[Result, ...]:
        """One transaction: a result for each action, in order.

        `now` becomes the save date. `expected`: StateChanged where the account's state is another. Raises StateChanged,
        NoSuchMailbox, OverQuota, NotPossible (too many keywords).
        """
        ...

    async def entries(self, mailbox: MailboxId) -> Entries:
        """All that is in a mailbox. Raises NoSuchMailbox."""
        ...

    async def measures(self, mailbox: MailboxId) -> Measures:
        """Sizes and dates of all that is in a mailbox, for searches and sorting. Raises NoSuchMailbox."""
        ...

    async def sort_texts(self, emails: Sequence[EmailId], which: SortText) -> Sequence[str | None]:
        """One of the sort keys, in the order asked for; None: no summary yet, or no such message."""
        ...

    async def links(self, emails: Sequence[EmailId]) -> LinkColumns:
        """In the order asked for."""
        ...

    async def keyword_sets(self) -> KeywordSets:
        """What the numbers in marks mean. A number never changes its meaning."""
        ...

    async def read(self, emails: Sequence[EmailId]) -> Sequence[Email | None]:
        """In the order asked for; None: it never was, or its octets are gone for good.

        What was expunged is still found while a session can name it (`Store.hold`).
        """
        ...

    async def glance(self, emails: Sequence[EmailId], *, described: bool) -> Sequence[Glance | None]:
        """Likewise, for lists. `described`: with envelope, structure and preview."""
        ...

    async def octets(self, emails: Sequence[EmailId]) -> Sequence[OctetSource | None]:
        """Likewise. A small message is in memory, a large one is read as it is needed."""
        ...

    async def keep(self, summaries: Mapping[EmailId, Summary]) -> None:
        """Summaries that were worked out at a first request. No change is told of."""
        ...

    async def places(self, emails: Sequence[EmailId]) -> Sequence[tuple[Place, ...]]:
        """Where each lies; nowhere: it was expunged everywhere."""
        ...

    async def threads(self, threads: Sequence[ThreadId]) -> Sequence[tuple[EmailId, ...]]:
        """The messages of each that lie in any mailbox, oldest first."""
        ...
