"""Conditions on flags, keywords and mod-sequences (RFC 9051 6.4.4, RFC 7162 3.1.5)."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from gateway.mailbox import masks
from gateway.mailbox.masks import Mask
from gateway.mailbox.search.query import Query
from gateway.mailbox.search.scope import Cost, Scope
from gateway.mailbox.slices import COMPARED, breathe, slices
from gateway.store.flags import SYSTEM_BITS, KeywordSets, Mark, System
from gateway.store.model import ModSeq

_LOWEST: Final = 0 if sys.byteorder == "little" else 7
"""Of the eight octets of a mark: the one that holds the system flags."""


@dataclass(frozen=True, slots=True)
class Flagged(Query):
    """It has this system flag."""

    flag: System

    cost = Cost.MARKS

    @override
    async def matching(self, scope: Scope, within: Mask) -> Mask:
        has = bytes(1 if octet & self.flag else 0 for octet in range(256))
        octets = scope.view.marks[: scope.stop].tobytes()[_LOWEST::8]
        return within & masks.from_octets(octets.translate(has))

    @override
    def __str__(self) -> str:
        return f"\\{str(self.flag.name).capitalize()}"


@dataclass(frozen=True, slots=True)
class Keyword(Query):
    """It has this keyword, in whatever case."""

    name: str

    cost = Cost.MARKS

    @override
    async def matching(self, scope: Scope, within: Mask) -> Mask:
        sets = numbers_with(await scope.keywords(), self.name)
        if not sets:
            return masks.NONE
        return within & await of_marks(scope, lambda mark: mark >> SYSTEM_BITS in sets)

    @override
    def __str__(self) -> str:
        return f"keyword {self.name}"


@dataclass(frozen=True, slots=True)
class ChangedSince(Query):
    """Its mod-sequence is this or higher."""

    moment: ModSeq

    cost = Cost.MARKS

    @override
    async def matching(self, scope: Scope, within: Mask) -> Mask:
        return within & await masks.where(int(self.moment).__le__, scope.view.modseqs, scope.stop)

    @override
    def __str__(self) -> str:
        return f"modseq {self.moment}"


def numbers_with(sets: KeywordSets, name: str) -> frozenset[int]:
    """The sets of keywords that have one."""
    wanted = name.casefold()
    return frozenset(number for number, names in sets.items() if _has(names, wanted))


async def of_marks(scope: Scope, test: Callable[[Mark], bool]) -> Mask:
    """Where marks pass a test, which is asked about each different mark once."""
    known: dict[int, bool] = {}
    octets = bytearray()
    for low, high in slices(scope.stop, COMPARED):
        some = scope.view.marks[low:high]
        for mark in set(some).difference(known):
            known[mark] = test(Mark(mark))
        octets += bytes(map(known.__getitem__, some))
        await breathe()
    return masks.from_octets(octets)


def _has(names: Iterable[str], wanted: str) -> bool:
    return any(name.casefold() == wanted for name in names)
