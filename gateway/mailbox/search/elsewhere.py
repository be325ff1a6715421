"""Conditions on the mailboxes that a message lies in (RFC 8621 4.4.1 `inMailbox`, `inMailboxOtherThan`)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from gateway.mailbox import masks
from gateway.mailbox.masks import Mask
from gateway.mailbox.search.query import Query
from gateway.mailbox.search.scope import Cost, Scope
from gateway.store.model import MailboxId, Place

AT_A_TIME: Final = 2_000


@dataclass(frozen=True, slots=True)
class InMailbox(Query):
    """It lies in this mailbox, wherever else."""

    mailbox: MailboxId

    cost = Cost.STORE

    @override
    async def matching(self, scope: Scope, within: Mask) -> Mask:
        if self.mailbox == scope.view.mailbox:
            return within
        return await _lying(scope, within, lambda place: place.mailbox == self.mailbox)

    @override
    def __str__(self) -> str:
        return f"in mailbox {self.mailbox}"


@dataclass(frozen=True, slots=True)
class OutsideOf(Query):
    """It lies in a mailbox that is none of these."""

    mailboxes: frozenset[MailboxId]

    cost = Cost.STORE

    @override
    async def matching(self, scope: Scope, within: Mask) -> Mask:
        if scope.view.mailbox not in self.mailboxes:
            return within
        return await _lying(scope, within, lambda place: place.mailbox not in self.mailboxes)

    @override
    def __str__(self) -> str:
        return f"outside of {len(self.mailboxes)} mailboxes"


async def _lying(scope: Scope, within: Mask, test: Callable[[Place], bool]) -> Mask:
    found: list[int] = []
    places = await masks.positions(within, scope.stop)
    for start in range(0, len(places), AT_A_TIME):
        some = places[start : start + AT_A_TIME]
        lying = await scope.mail.emails.places(scope.emails(some))
        found += (at for at, of_one in zip(some, lying, strict=True) if any(map(test, of_one)))
    return masks.of_positions(found, scope.stop)
