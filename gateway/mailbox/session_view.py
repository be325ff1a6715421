"""What one session knows of a mailbox: sequence numbers, and what it has not been told yet (RFC 9051 5.2, 7.5.1).

A session counts the first `upto` positions of the shared view, but for the holes that it was told of. What was expunged
since keeps its number, and its octets are held, until `tell` says otherwise. It holds no arrays of its own.

Positions mean the same until the next `await`, or inside `pinned`.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Final

from typing_extensions import override

from gateway.mailbox import holes, spans
from gateway.mailbox.events import Event, What, joined
from gateway.mailbox.holes import Holes
from gateway.mailbox.news import News
from gateway.mailbox.spans import Span
from gateway.mailbox.view import Follower, View
from gateway.store.model import ModSeq, Uid
from gateway.store.protocol.store import Hold
from gateway.store.uids import Range, UidSet

MANY_EVENTS: Final = 256


def _nothing() -> None:
    pass


class SessionView(Follower):
    """Of one session with one mailbox open, for as long as it is. Made by `Views.open`."""

    def __init__(self, view: View, hold: Hold, close: Callable[[], None] = _nothing) -> None:
        self.view: Final = view
        self.heard: Callable[[], None] = _nothing
        """Called when there is news; must neither raise nor await."""
        self._hold = hold
        self._close = close
        self._upto = len(view)
        self._gone = view.dead
        self._events: list[Event] = []
        self._own: set[ModSeq] = set()
        view.followers.append(self)

    @property
    def exists(self) -> int:
        """How many messages it counts."""
        return self._upto - self._gone.total

    @property
    def upto(self) -> int:
        """It knows no position from here on."""
        return self._upto

    @property
    def uncounted(self) -> Holes:
        """The positions before `upto` that it does not count."""
        return self._gone

    @property
    def ended(self) -> bool:
        """The mailbox is no more."""
        return self.view.gone

    def pinned(self) -> AbstractContextManager[None]:
        """Positions keep their meaning inside."""
        return self.view.pinned()

    def number(self, uid: int) -> int | None:
        """The sequence number of a message that it counts."""
        at = self.view.find(uid)
        return None if at is None else self.number_at(at)

    def number_at(self, position: int) -> int | None:
        """Likewise."""
        if position >= self._upto:
            return None
        before = self._gone.number(position)
        return None if before is None else before + 1

    def numbers_at(self, positions: Sequence[int]) -> list[int]:
        """Likewise of many, ascending, that it counts."""
        if not positions:
            return []
        before = self._gone.before(positions[0])
        if self._gone.before(positions[-1]) == before:
            return list(map((1 - before).__add__, positions))
        return [at - self._gone.before(at) + 1 for at in positions]

    def position(self, number: int) -> int | None:
        """Of the message with a sequence number."""
        return self._gone.position(number - 1) if 0 < number <= self.exists else None

    def uid(self, number: int) -> Uid | None:
        """Of the message with a sequence number."""
        at = self.position(number)
        return None if at is None else Uid(self.view.uids[at])

    def numbered(self, numbers: Iterable[Range]) -> tuple[Span, ...]:
        """Positions of sequence numbers; there may be fewer."""
        last = self.exists
        clipped = ((max(low, 1), min(high, last)) for low, high in numbers)
        whole = [
            (self._gone.position(low - 1), self._gone.position(high - 1) + 1) for low, high in clipped if low <= high
        ]
        return self._counted(spans.merged(whole))

    def named(self, uids: UidSet) -> tuple[Span, ...]:
        """Positions of the UIDs that it counts."""
        return self._counted(spans.of_uids(self.view.uids, uids, self._upto))

    def numbers(self, places: Iterable[Span]) -> tuple[Range, ...]:
        """Sequence numbers of ascending positions that it counts."""
        counted = ((start - self._gone.before(start) + 1, stop - start) for start, stop in places)
        return UidSet.ranges_of((first, first + size - 1) for first, size in counted).ranges

    @property
    def waiting(self) -> bool:
        """There is something to tell."""
        return bool(self._events) or self._upto < len(self.view) or self._gone is not self.view.dead

    @property
    def withheld(self) -> ModSeq | None:
        """When the first message was expunged of those that are gone and that it was not told of; None: there is none.

        It has not seen what happened from then on (RFC 7162 3.2).
        """
        return min((event.at for event in self._events if event.what is What.EXPUNGED), default=None)

    def changed(self) -> tuple[Span, ...]:
        """Positions of messages whose flags others have changed, as `tell` will tell it."""
        return self._changed(self._upto)

    def own(self, at: ModSeq) -> None:
        """The session made this change itself: `tell` does not tell it what it did to flags. To be called before the
        view shows it, as far as that is possible."""
        self._own.add(at)

    def tell(self, *, expunges: bool) -> News:
        """What it has not been told yet; from now on it has been.

        Without `expunges`, messages that are gone keep their sequence numbers.
        """
        known = self._upto
        gone = self._expunged(known) if expunges else ()
        numbers = self.numbers(gone)
        self._upto = len(self.view)
        self._advance(known, expunges=expunges)
        changed = self._changed(known)
        self._events = [] if expunges else [event for event in self._events if event.what is What.EXPUNGED]
        self._own = {at for at in self._own if at > self.view.at}
        if not self._events:
            self._hold.seen(self.view.at)
        return News(numbers, spans.exact(self.view.uids, gone), self.exists, (known, self._upto), changed)

    def close(self) -> None:
        """The session has closed the mailbox. Safe to call twice."""
        if self in self.view.followers:
            self.view.followers.remove(self)
            self._hold.release()
            self._close()

    @property
    @override
    def knows_all(self) -> bool:
        return self._upto == len(self.view) and self._gone is self.view.dead

    @override
    def happened(self, event: Event) -> None:
        if event.what is What.FLAGS and event.at in self._own:
            return
        self._events.append(event)
        if len(self._events) > MANY_EVENTS:
            self._events = joined(self._events)

    @override
    def noticed(self) -> None:
        if self.waiting or self.ended:
            self.heard()

    @override
    def compacted(self) -> None:
        self._upto = len(self.view)
        self._gone = self.view.dead

    def _advance(self, known: int, *, expunges: bool) -> None:
        if expunges:
            self._gone = self.view.dead
            return
        unseen = tuple(self.view.dead.within(known, self._upto))
        if unseen:
            self._gone = self._gone.plus(unseen)

    def _expunged(self, known: int) -> tuple[Span, ...]:
        return self._counted(self._places(What.EXPUNGED, known))

    def _changed(self, known: int) -> tuple[Span, ...]:
        return tuple(self.view.dead.without(self._places(What.FLAGS, known)))

    def _places(self, what: What, known: int) -> tuple[Span, ...]:
        some = [event for event in self._events if event.what is what]
        if what is What.FLAGS:
            some = [event for event in some if event.at not in self._own]
        return spans.merged(span for event in some for span in spans.of_uids(self.view.uids, event.uids, known))

    def _counted(self, places: Iterable[Span]) -> tuple[Span, ...]:
        return tuple(self._gone.without(places)) if self._gone is not holes.NONE else tuple(places)
