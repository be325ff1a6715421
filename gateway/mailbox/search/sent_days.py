"""SENTBEFORE, SENTON, SENTSINCE: the day in the Date field, disregarding its time and zone (RFC 9051 6.4.4)."""

from dataclasses import dataclass

from typing_extensions import override

from gateway.mailbox import masks
from gateway.mailbox.masks import Mask
from gateway.mailbox.search.numbers import Dated
from gateway.mailbox.search.query import Query
from gateway.mailbox.search.scope import Cost, Scope
from gateway.store.model import NO_DAY


@dataclass(frozen=True, slots=True)
class SentDays(Query):
    """Days are counted from 1-Jan-1970: `since` or later, before `before`. None: whatever."""

    since: int | None
    before: int | None
    otherwise: Dated
    """For messages whose Date field cannot be read, or without a summary yet."""

    cost = Cost.MEASURES

    @override
    async def matching(self, scope: Scope, within: Mask) -> Mask:
        days = (await scope.measures()).days
        undated = within & await masks.where(NO_DAY.__eq__, days, scope.stop)
        dated = masks.without(within, undated)
        if self.since is not None:
            dated &= await masks.where(self.since.__le__, days, scope.stop)
        if self.before is not None:
            dated &= await masks.where(self.before.__gt__, days, scope.stop)
        return dated | await self.otherwise.matching(scope, undated)

    @override
    def __str__(self) -> str:
        since = "" if self.since is None else f" since day {self.since}"
        return f"sent{since}" + ("" if self.before is None else f" before day {self.before}")
