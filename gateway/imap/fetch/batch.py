"""Some messages of the selected mailbox, as columns: what responses are made of, thousands of rows at one time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from gateway.imap.fetch.shown import Shown
from gateway.mailbox.session_view import SessionView
from gateway.mailbox.spans import Span
from gateway.store.model import EmailId, Glance


@dataclass(slots=True)
class Batch:
    """Columns of the same length. Marks and mod-sequences are of one moment."""

    positions: Sequence[int]
    numbers: Sequence[int]
    uids: Sequence[int]
    marks: Sequence[int]
    modseqs: Sequence[int]
    ids: Sequence[EmailId]
    emails: Sequence[Glance] = ()
    """Empty where nobody asked for what is in them."""
    shown: Sequence[Shown | None] = ()
    """Likewise. None: everybody may see what is known of the message, and its octets are not needed."""

    def __len__(self) -> int:
        return len(self.uids)

    def only(self, rows: Sequence[int]) -> "Batch":
        """Some of its rows. To be asked before emails and octets are there."""
        columns = (self.positions, self.numbers, self.uids, self.marks, self.modseqs)
        positions, numbers, uids, marks, modseqs = ([column[row] for row in rows] for column in columns)
        return Batch(positions, numbers, uids, marks, modseqs, [self.ids[row] for row in rows])


def gathered(session: SessionView, places: Sequence[Span]) -> Batch:
    """What the view knows of the messages at these positions, which the session counts."""
    view = session.view
    first = [session.number_at(start) or 0 for start, _ in places]
    return Batch(
        positions=list(chain.from_iterable(range(*span) for span in places)),
        numbers=list(
            chain.from_iterable(
                range(number, number + stop - start) for number, (start, stop) in zip(first, places, strict=True)
            )
        ),
        uids=list(chain.from_iterable(view.uids[start:stop] for start, stop in places)),
        marks=list(chain.from_iterable(view.marks[start:stop] for start, stop in places)),
        modseqs=list(chain.from_iterable(view.modseqs[start:stop] for start, stop in places)),
        ids=list(chain.from_iterable(view.some_emails(start, stop) for start, stop in places)),
    )


class Cutter:
    """Takes positions from the beginning of some places, as many as one wants."""

    __slots__ = ("_rest",)

    def __init__(self, places: Sequence[Span]) -> None:
        self._rest = list(reversed(places))

    def __bool__(self) -> bool:
        return bool(self._rest)

    def take(self, size: int) -> list[Span]:
        """At most so many."""
        taken: list[Span] = []
        while self._rest and size:
            start, stop = self._rest.pop()
            end = min(stop, start + size)
            taken.append((start, end))
            size -= end - start
            if end < stop:
                self._rest.append((end, stop))
        return taken


def sliced(places: Sequence[Span], first: int, stop: int) -> Iterator[Span]:
    """The positions with the indexes `[first, stop)`."""
    at = 0
    for start, end in places:
        low, high = max(first - at, 0), min(stop - at, end - start)
        if low < high:
            yield start + low, start + high
        at += end - start
