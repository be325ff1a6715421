"""Conditions on the names of messages: UIDs, EMAILIDs and THREADIDs (RFC 9051 6.4.4, RFC 8474 6)."""

from dataclasses import dataclass

from typing_extensions import override

from gateway.mailbox import masks, spans
from gateway.mailbox.masks import Mask
from gateway.mailbox.search.query import Query
from gateway.mailbox.search.scope import Cost, Scope
from gateway.mailbox.spans import Span
from gateway.store.model import EmailId, ThreadId
from gateway.store.uids import UidSet


@dataclass(frozen=True, slots=True)
class UidIn(Query):
    """Also what a session calls by sequence numbers, \\Recent or a saved result."""

    uids: UidSet

    cost = Cost.NOTHING

    @override
    async def matching(self, scope: Scope, within: Mask) -> Mask:
        found = spans.of_uids(scope.view.uids, self.uids, scope.stop)
        return within & masks.of_spans(found, scope.stop)

    @override
    def __str__(self) -> str:
        text = str(self.uids)
        return f"uid {text if len(text) < 40 else f'(one of {len(self.uids)})'}"


@dataclass(frozen=True, slots=True)
class At(Query):
    """Positions of the view: what a session's sequence numbers are translated to (`SessionView.numbered`)."""

    places: tuple[Span, ...]

    cost = Cost.NOTHING

    @override
    async def matching(self, scope: Scope, within: Mask) -> Mask:
        return within & masks.of_spans(self.places, scope.stop)

    @override
    def __str__(self) -> str:
        return f"{spans.total(self.places)} numbers"


@dataclass(frozen=True, slots=True)
class EmailIn(Query):
    """Certain messages."""

    emails: frozenset[EmailId]

    cost = Cost.MARKS

    @override
    async def matching(self, scope: Scope, within: Mask) -> Mask:
        return within & await masks.where(self.emails.__contains__, scope.view.emails, scope.stop)

    @override
    def __str__(self) -> str:
        return f"one of {len(self.emails)} messages"


@dataclass(frozen=True, slots=True)
class ThreadIn(Query):
    """Messages of certain conversations."""

    threads: frozenset[ThreadId]

    cost = Cost.MEASURES

    @override
    async def matching(self, scope: Scope, within: Mask) -> Mask:
        threads = (await scope.measures()).threads
        return within & await masks.where(self.threads.__contains__, threads, scope.stop)

    @override
    def __str__(self) -> str:
        return f"of {len(self.threads)} threads"
