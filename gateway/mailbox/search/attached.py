"""Whether messages have attachments (RFC 8621 4.4.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from gateway.mailbox import masks
from gateway.mailbox.column import Column
from gateway.mailbox.masks import Mask
from gateway.mailbox.search.query import Query
from gateway.mailbox.search.scope import Cost, Scope
from gateway.mailbox.spans import Span
from gateway.mailbox.summaries import summaries

NAME: Final = "attached"
AT_A_TIME: Final = 1_000
_UNKNOWN: Final = 0
_NO: Final = 1
_YES: Final = 2


class AttachedColumn(Column):
    """What is known so far."""

    def __init__(self) -> None:
        self.known = bytearray()

    @override
    def __len__(self) -> int:
        return len(self.known)

    @override
    def keep(self, spans: Sequence[Span]) -> None:
        self.known = bytearray(b"").join(self.known[start:stop] for start, stop in spans)

    @property
    @override
    def weight(self) -> int:
        return len(self)

    def which(self, value: int, stop: int) -> Mask:
        """Positions of a value."""
        table = bytes(1 if octet == value else 0 for octet in range(256))
        return masks.from_octets(self.known[:stop].translate(table))


@dataclass(frozen=True, slots=True)
class HasAttachment(Query):
    """It has one."""

    cost = Cost.STORE

    @override
    async def matching(self, scope: Scope, within: Mask) -> Mask:
        column = scope.view.columns.setdefault(NAME, AttachedColumn())
        if not isinstance(column, AttachedColumn):
            return masks.NONE
        column.known.extend(bytes(max(len(scope.view) - len(column), 0)))
        unknown = await masks.positions(within & column.which(_UNKNOWN, scope.stop), scope.stop)
        for start in range(0, len(unknown), AT_A_TIME):
            await _learn(scope, column, unknown[start : start + AT_A_TIME])
        return within & column.which(_YES, scope.stop)

    @override
    def __str__(self) -> str:
        return "has an attachment"


async def _learn(scope: Scope, column: AttachedColumn, places: list[int]) -> None:
    found = await summaries(scope.mail, scope.emails(places))
    for at, summary in zip(places, found, strict=True):
        if summary is not None:
            column.known[at] = _YES if summary.attached else _NO
    scope.looked_at += len(places)
