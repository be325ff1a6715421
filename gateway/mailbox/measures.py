"""Sizes, dates and threads of the messages of a view, in memory once somebody searches or sorts by them."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

from typing_extensions import override

from gateway.mailbox import spans
from gateway.mailbox.column import Column
from gateway.mailbox.slices import LOOPED, breathe, slices
from gateway.mailbox.spans import Span
from gateway.mailbox.view import View
from gateway.store.errors import NoSuchMailbox
from gateway.store.model import NO_DAY, Email, EmailId, Measures, Place
from gateway.store.protocol.store import Mail

NAME: Final = "measures"
FEW: Final = 64
"""So many new messages are asked for by themselves; for more, the mailbox is measured anew."""


class MeasureColumn(Column):
    """Arrays as in `Measures`, by position. Expunged messages may have zeros."""

    def __init__(self) -> None:
        self.sizes = array("q")
        self.received = array("d")
        self.saved = array("d")
        self.sent = array("d")
        self.days = array("i")
        self.threads = array("q")

    @override
    def __len__(self) -> int:
        return len(self.sizes)

    @override
    def keep(self, keep: Sequence[Span]) -> None:
        self.sizes = spans.kept(self.sizes, keep)
        self.received = spans.kept(self.received, keep)
        self.saved = spans.kept(self.saved, keep)
        self.sent = spans.kept(self.sent, keep)
        self.days = spans.kept(self.days, keep)
        self.threads = spans.kept(self.threads, keep)

    @property
    @override
    def weight(self) -> int:
        return len(self) * (5 * 8 + 4)

    def copy(self, measures: Measures, low: int, high: int) -> None:
        """Add the next positions."""
        self.sizes += measures.sizes[low:high]
        self.received += measures.received[low:high]
        self.saved += measures.saved[low:high]
        self.sent += measures.sent[low:high]
        self.days += measures.days[low:high]
        self.threads += measures.threads[low:high]

    def missing(self, how_many: int) -> None:
        """Add positions of which nothing is known: they were expunged."""
        self.sizes.extend((0,) * how_many)
        self.threads.extend((0,) * how_many)
        self.days.extend((NO_DAY,) * how_many)
        for dates in (self.received, self.saved, self.sent):
            dates.extend((0.0,) * how_many)

    def add(self, email: Email | None, place: Place | None) -> None:
        """Add a position."""
        if email is None:
            self.missing(1)
            return
        sent = email.summary.sent if email.summary is not None else None
        day = email.summary.day if email.summary is not None else None
        self.sizes.append(email.size)
        self.threads.append(email.thread)
        self.received.append(email.received)
        self.saved.append(email.received if place is None else place.saved)
        self.sent.append(email.received if sent is None else sent)
        self.days.append(NO_DAY if day is None else day)


async def measures(mail: Mail, view: View) -> MeasureColumn:
    """Of all that is in the view now. Raises StoreUnavailable."""
    async with view.loading:
        found = view.columns.get(NAME)
        column = found if isinstance(found, MeasureColumn) else MeasureColumn()
        missing = len(view) - len(column)
        with view.pinned():
            if missing > FEW:
                await _measure(mail, view, column)
            elif missing:
                await _ask(mail, view, column)
        view.columns[NAME] = column
        return column


async def _ask(mail: Mail, view: View, column: MeasureColumn) -> None:
    asked = [EmailId(email) for email in view.emails[len(column) :]]
    emails = await mail.emails.read(asked)
    places = await mail.emails.places(asked)
    for email, some in zip(emails, places, strict=True):
        here = [place for place in some if place.mailbox == view.mailbox]
        column.add(email, here[0] if here else None)


async def _measure(mail: Mail, view: View, column: MeasureColumn) -> None:
    try:
        now = await mail.emails.measures(view.mailbox)
    except NoSuchMailbox:
        column.missing(len(view) - len(column))
        return
    stop = len(view)
    index = bisect_left(now.uids, view.uids[len(column)])
    for low, high in slices(stop, LOOPED, len(column)):
        end = bisect_right(now.uids, view.uids[high - 1], index)
        if view.uids[low:high] == now.uids[index:end]:
            column.copy(now, index, end)
        else:
            _copy_some(view, column, now, (low, high))
        index = end
        await breathe()


def _copy_some(view: View, column: MeasureColumn, now: Measures, span: Span) -> None:
    for uid in view.uids[span[0] : span[1]]:
        at = bisect_left(now.uids, uid)
        if at < len(now.uids) and now.uids[at] == uid:
            column.copy(now, at, at + 1)
        else:
            column.missing(1)
