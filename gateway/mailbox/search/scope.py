"""What a search looks at, and what it did."""

from dataclasses import dataclass, field
from enum import IntEnum

from typing_extensions import override

from gateway.mailbox import masks
from gateway.mailbox.masks import Mask
from gateway.mailbox.measures import MeasureColumn, measures
from gateway.mailbox.reading import Reading
from gateway.mailbox.view import View
from gateway.store.flags import KeywordSets
from gateway.store.model import EmailId
from gateway.store.protocol.store import Mail


class Cost(IntEnum):
    """What a condition asks for, the cheapest first."""

    NOTHING = 0
    MARKS = 1
    MEASURES = 2
    STORE = 3
    """Rows of single messages."""
    OCTETS = 4
    """Messages may have to be read."""


@dataclass(frozen=True, slots=True)
class Step:
    """Part of what a search did, for people."""

    condition: str
    among: int
    """So many messages were in question."""
    found: int
    looked_at: int = 0
    """So many had to be read."""

    @override
    def __str__(self) -> str:
        read = f", {self.looked_at} of them read" if self.looked_at else ""
        return f"{self.condition}: {self.found} of {self.among}{read}"


@dataclass(slots=True)
class Scope:
    """The messages of a view before a position, but for those that are expunged. For one search, inside `pinned`."""

    mail: Mail
    view: View
    stop: int
    reading: Reading
    steps: list[Step] = field(default_factory=list)
    looked_at: int = 0
    to_look_at: int = 0
    """So many had to be read, or have to be, as far as is known yet."""
    keyword_sets: KeywordSets | None = None
    ranks: dict[int, float] = field(default_factory=dict)
    """How well messages match, by EmailId, where the index says so (RFC 6203 5)."""

    def living(self) -> Mask:
        """All that can be found."""
        return masks.from_octets(self.view.alive[: self.stop])

    async def keywords(self) -> KeywordSets:
        """What the marks of the view mean."""
        if self.keyword_sets is None:
            self.keyword_sets = await self.mail.emails.keyword_sets()
        return self.keyword_sets

    async def measures(self) -> MeasureColumn:
        """Raises StoreUnavailable."""
        return await measures(self.mail, self.view)

    def emails(self, positions: list[int]) -> list[EmailId]:
        """The messages at some positions."""
        emails = self.view.emails
        return [EmailId(emails[at]) for at in positions]
