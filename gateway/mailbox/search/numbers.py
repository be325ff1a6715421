"""Conditions on sizes and dates (RFC 9051 6.4.4, RFC 5032, RFC 8514 4.3, RFC 8621 4.4.1).

Dates are moments here: who knows the user's time zone turns days into them (`gateway.mailbox.search.days`).
"""

from array import array
from dataclasses import dataclass
from enum import Enum

from typing_extensions import override

from gateway.mail.units import Timestamp
from gateway.mailbox import masks
from gateway.mailbox.masks import Mask
from gateway.mailbox.measures import MeasureColumn
from gateway.mailbox.search.query import Query
from gateway.mailbox.search.scope import Cost, Scope


class When(Enum):
    """Which date."""

    RECEIVED = "received"
    """INTERNALDATE."""
    SENT = "sent"
    SAVED = "saved"


@dataclass(frozen=True, slots=True)
class Dated(Query):
    """`since` or later, and before `before`. None: whatever."""

    when: When
    since: Timestamp | None = None
    before: Timestamp | None = None

    cost = Cost.MEASURES

    @override
    async def matching(self, scope: Scope, within: Mask) -> Mask:
        dates = _dates(await scope.measures(), self.when)
        if self.since is not None:
            within &= await masks.where(float(self.since).__le__, dates, scope.stop)
        if self.before is not None:
            within &= await masks.where(float(self.before).__gt__, dates, scope.stop)
        return within

    @override
    def __str__(self) -> str:
        since = "" if self.since is None else f" since {self.since:.0f}"
        return f"{self.when.value}{since}" + ("" if self.before is None else f" before {self.before:.0f}")


@dataclass(frozen=True, slots=True)
class Sized(Query):
    """`least` octets or more, and fewer than `below`. None: whatever."""

    least: int | None = None
    below: int | None = None

    cost = Cost.MEASURES

    @override
    async def matching(self, scope: Scope, within: Mask) -> Mask:
        sizes = (await scope.measures()).sizes
        if self.least is not None:
            within &= await masks.where(self.least.__le__, sizes, scope.stop)
        if self.below is not None:
            within &= await masks.where(self.below.__gt__, sizes, scope.stop)
        return within

    @override
    def __str__(self) -> str:
        least = "" if self.least is None else f" {self.least} octets or more"
        return f"size{least}" + ("" if self.below is None else f" below {self.below} octets")


def _dates(measures: MeasureColumn, when: When) -> "array[float]":
    match when:
        case When.RECEIVED:
            return measures.received
        case When.SENT:
            return measures.sent
        case When.SAVED:
            return measures.saved
