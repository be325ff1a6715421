"""Which messages each message of a view names, in memory once somebody asks for threads."""

from array import array
from collections.abc import Sequence
from itertools import accumulate, islice
from typing import Final, cast

from typing_extensions import override

from gateway.mailbox.column import Column
from gateway.mailbox.slices import LOOPED, breathe, slices
from gateway.mailbox.spans import Span, kept
from gateway.mailbox.summaries import work_out
from gateway.mailbox.view import View
from gateway.store.model import EmailId, LinkColumns
from gateway.store.protocol.store import Mail
from gateway.summary.model import Links

NAME: Final = "links"
AT_A_TIME: Final = 16_384


class LinkColumn(Column):
    """`Links`, by position."""

    def __init__(self) -> None:
        self.own = array("q")
        self.answers = bytearray()
        self._ends = array("q")
        self._references = array("q")

    @override
    def __len__(self) -> int:
        return len(self.own)

    @override
    def keep(self, spans: Sequence[Span]) -> None:
        ends, references = array("q"), array("q")
        for start, stop in spans:
            last = min(stop, len(self))
            if start < last:
                low, high = self._begin(start), self._ends[last - 1]
                shift = len(references) - low
                references += self._references[low:high]
                ends.extend(end + shift for end in self._ends[start:last])
        self.own = kept(self.own, spans)
        self.answers = bytearray().join(self.answers[start:stop] for start, stop in spans)
        self._ends, self._references = ends, references

    @property
    @override
    def weight(self) -> int:
        return 17 * len(self) + 8 * len(self._references)

    def references(self, position: int) -> "array[int]":
        """The messages that it names, oldest first."""
        return self._references[self._begin(position) : self._ends[position]]

    async def part(self, positions: Sequence[int]) -> "LinkColumn":
        """Another one, of some positions."""
        found = LinkColumn()
        for low, high in slices(len(positions), LOOPED):
            for at in positions[low:high]:
                found.add(Links(self.own[at], tuple(self.references(at)), answers=bool(self.answers[at])))
            await breathe()
        return found

    def _begin(self, position: int) -> int:
        return self._ends[position - 1] if position else 0

    def add_many(self, links: LinkColumns) -> None:
        """The next positions."""
        if None in links.own:
            self._add_some(links)
            return
        self.own.extend(cast("Sequence[int]", links.own))
        self.answers.extend(cast("Sequence[int]", links.answers))
        counts = cast("Sequence[int]", links.counts)
        self._ends.extend(islice(accumulate(counts, initial=len(self._references)), 1, None))
        self._references.extend(links.references)

    def _add_some(self, links: LinkColumns) -> None:
        at = 0
        for own, answers, number in zip(links.own, links.answers, links.counts, strict=True):
            stop = at + (number or 0)
            self.add(Links(own or 0, tuple(links.references[at:stop]), answers=bool(answers)))
            at = stop

    def add(self, links: Links) -> None:
        """The next position."""
        self.own.append(links.own)
        self.answers.append(links.answers)
        self._references.extend(links.references)
        self._ends.append(len(self._references))


async def link_column(mail: Mail, view: View) -> LinkColumn:
    """Of all that is in the view now. Raises StoreUnavailable."""
    async with view.loading:
        found = view.columns.get(NAME)
        column = found if isinstance(found, LinkColumn) else LinkColumn()
        with view.pinned():
            for low, high in slices(len(view), AT_A_TIME, len(column)):
                column.add_many(await _links(mail, view.some_emails(low, high)))
        view.columns[NAME] = column
        return column


async def links_of(mail: Mail, emails: Sequence[EmailId]) -> LinkColumn:
    """Of some messages, in this order. Raises StoreUnavailable."""
    column = LinkColumn()
    for low, high in slices(len(emails), AT_A_TIME):
        column.add_many(await _links(mail, emails[low:high]))
    return column


async def _links(mail: Mail, emails: Sequence[EmailId]) -> LinkColumns:
    found = await mail.emails.links(emails)
    if None not in found.own:
        return found
    await work_out(mail, [email for email, own in zip(emails, found.own, strict=True) if own is None])
    return await mail.emails.links(emails)
