"""Conditions on the conversation of a message, in all mailboxes (RFC 8621 4.4.1 `…InThreadHaveKeyword`)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import compress, islice
from typing import Final

from typing_extensions import override

from gateway.mailbox import masks
from gateway.mailbox.masks import Mask
from gateway.mailbox.search.marks import numbers_with
from gateway.mailbox.search.query import Query
from gateway.mailbox.search.scope import Cost, Scope
from gateway.mailbox.slices import COMPARED, breathe, slices
from gateway.store.flags import SYSTEM_BITS, System
from gateway.store.model import EmailId, Place, ThreadId

AT_A_TIME: Final = 500


class HowMany(Enum):
    """Of the messages of a conversation."""

    ALL = "all"
    SOME = "some"


@dataclass(frozen=True, slots=True)
class InConversation(Query):
    """Its conversation has messages with a flag or keyword. `NONE` is `Not(SOME)`."""

    how_many: HowMany
    mark: System | str

    cost = Cost.STORE

    @override
    async def matching(self, scope: Scope, within: Mask) -> Mask:
        threads = (await scope.measures()).threads[: scope.stop]
        octets = masks.to_octets(within, scope.stop)
        asked: set[int] = set()
        for low, high in slices(scope.stop, COMPARED):
            asked.update(compress(threads[low:high], octets[low:high]))
            await breathe()
        passed: set[int] = set()
        waiting = map(ThreadId, asked)
        while some := list(islice(waiting, AT_A_TIME)):
            passed.update(await self._passing(scope, some))
        return within & await masks.where(passed.__contains__, threads, scope.stop)

    async def _passing(self, scope: Scope, threads: Sequence[ThreadId]) -> Iterable[int]:
        members = await scope.mail.emails.threads(threads)
        emails = [email for some in members for email in some]
        places = dict(zip(emails, await scope.mail.emails.places(emails), strict=True))
        sets = numbers_with(await scope.keywords(), self.mark) if isinstance(self.mark, str) else frozenset[int]()
        pairs = zip(threads, members, strict=True)
        return [thread for thread, some in pairs if self._holds(some, places, sets)]

    def _holds(self, some: Sequence[EmailId], places: dict[EmailId, tuple[Place, ...]], sets: frozenset[int]) -> bool:
        marked = [any(self._marked(place, sets) for place in places[email]) for email in some if places[email]]
        return bool(marked) and (all(marked) if self.how_many is HowMany.ALL else any(marked))

    def _marked(self, place: Place, sets: frozenset[int]) -> bool:
        if isinstance(self.mark, System):
            return bool(place.mark & self.mark)
        return place.mark >> SYSTEM_BITS in sets

    @override
    def __str__(self) -> str:
        what = self.mark if isinstance(self.mark, str) else str(self.mark.name).lower()
        return f"{self.how_many.value} of the conversation {what}"
