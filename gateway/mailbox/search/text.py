"""Texts in messages: BODY, TEXT, SUBJECT, FROM… (RFC 9051 6.4.4), FUZZY (RFC 6203 3).

The index says what may match. What it is not sure of, and what it has not seen yet, is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from typing_extensions import override

from gateway.mailbox import masks
from gateway.mailbox.masks import Mask
from gateway.mailbox.search.looking import look_at
from gateway.mailbox.search.query import Query
from gateway.mailbox.search.scope import Cost, Scope
from gateway.mailbox.search.words import Test, contains, has_words
from gateway.mailbox.slices import COMPARED, breathe, slices
from gateway.store.model import EmailId
from gateway.store.protocol.search import Closeness, Found, Wanted


@dataclass(frozen=True, slots=True)
class Text(Query):
    """A text in any of some fields. An empty one is in every message."""

    wanted: Wanted

    cost = Cost.OCTETS

    @override
    async def matching(self, scope: Scope, within: Mask) -> Mask:
        if not self.wanted.text:
            return within
        # What is indexed in between is in both.
        missing = await not_indexed(scope, within)
        found = await scope.mail.index.find(self.wanted)
        note_ranks(scope, found)
        hits = await of_emails(scope, found) & within
        if not found.sure:
            return await look_at(scope, hits | missing, self._test(scope))
        return hits | await look_at(scope, masks.without(missing, hits), self._test(scope))

    def _test(self, scope: Scope) -> Test:
        exact = self.wanted.closeness is Closeness.EXACT
        return (contains if exact else has_words)(self.wanted, scope.reading)

    @override
    def __str__(self) -> str:
        fields = "/".join(sorted(field.name.lower() for field in self.wanted.fields))
        return f"{self.wanted.closeness.value} {self.wanted.text[:60]!r} in {fields}"


async def of_emails(scope: Scope, found: Found) -> Mask:
    """Where the messages are that the index has found."""
    emails = await _set_of(found.emails)
    return await masks.where(emails.__contains__, scope.view.emails, scope.stop) if emails else masks.NONE


async def not_indexed(scope: Scope, within: Mask) -> Mask:
    """Those that the index has not seen yet."""
    emails = await masks.chosen(scope.view.emails, within, scope.stop)
    missing = await _set_of(await scope.mail.index.missing(cast("list[EmailId]", emails.tolist())))
    if not missing:
        return masks.NONE
    return within & await masks.where(missing.__contains__, scope.view.emails, scope.stop)


async def _set_of(emails: Sequence[int]) -> set[int]:
    found: set[int] = set()
    for low, high in slices(len(emails), COMPARED):
        found.update(emails[low:high])
        await breathe()
    return found


def note_ranks(scope: Scope, found: Found) -> None:
    """Where it says how well messages match: the best counts."""
    if found.ranks is not None:
        for email, rank in zip(found.emails, found.ranks, strict=True):
            scope.ranks[email] = max(rank, scope.ranks.get(email, 0.0))
