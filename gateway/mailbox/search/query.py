"""A search as a tree of conditions, and how each part of it is carried out.

`matching` finds among the messages `within`: conditions that cost little narrow down what those that cost more look at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from typing_extensions import override

from gateway.mailbox import masks
from gateway.mailbox.masks import Mask
from gateway.mailbox.search.scope import Cost, Scope, Step
from gateway.mailbox.slices import breathe


class Query(Protocol):
    """A condition. Values are frozen, and `str` says for people what is looked for."""

    @property
    def cost(self) -> Cost:
        """What it asks for at most; of most conditions, the same for all of them."""
        ...

    async def matching(self, scope: Scope, within: Mask) -> Mask:
        """Those of `within` that fulfil it. Raises StoreUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Everything(Query):
    """All messages."""

    cost = Cost.NOTHING

    @override
    async def matching(self, scope: Scope, within: Mask) -> Mask:
        return within

    @override
    def __str__(self) -> str:
        return "everything"


@dataclass(frozen=True, slots=True)
class Not(Query):
    """What does not fulfil it."""

    query: Query

    @property
    @override
    def cost(self) -> Cost:
        return self.query.cost

    @override
    async def matching(self, scope: Scope, within: Mask) -> Mask:
        return masks.without(within, await carry_out(self.query, scope, within))

    @override
    def __str__(self) -> str:
        return f"not {self.query}"


@dataclass(frozen=True, slots=True)
class And(Query):
    """All of them; of none: everything."""

    queries: tuple[Query, ...]

    @property
    @override
    def cost(self) -> Cost:
        return max((query.cost for query in self.queries), default=Cost.NOTHING)

    @override
    async def matching(self, scope: Scope, within: Mask) -> Mask:
        for query in _cheapest_first(self.queries):
            within = await carry_out(query, scope, within)
        return within

    @override
    def __str__(self) -> str:
        return f"({' and '.join(map(str, self.queries))})" if self.queries else "everything"


@dataclass(frozen=True, slots=True)
class Or(Query):
    """Any of them; of none: nothing."""

    queries: tuple[Query, ...]

    @property
    @override
    def cost(self) -> Cost:
        return max((query.cost for query in self.queries), default=Cost.NOTHING)

    @override
    async def matching(self, scope: Scope, within: Mask) -> Mask:
        found = masks.NONE
        for query in _cheapest_first(self.queries):
            found |= await carry_out(query, scope, masks.without(within, found))
        return found

    @override
    def __str__(self) -> str:
        return f"({' or '.join(map(str, self.queries))})" if self.queries else "nothing"


async def carry_out(query: Query, scope: Scope, within: Mask) -> Mask:
    """Find, and note what was done. Where nothing is in question, nothing is done."""
    if not within:
        return masks.NONE
    before = scope.looked_at
    found = await query.matching(scope, within)
    if not isinstance(query, And | Or | Not):
        # There may be thousands of them, of which each costs a millisecond.
        await breathe()
        looked = scope.looked_at - before
        scope.steps.append(Step(str(query), masks.count(within), masks.count(found), looked))
    return found


def _cheapest_first(queries: Sequence[Query]) -> list[Query]:
    return sorted(queries, key=lambda query: query.cost)
