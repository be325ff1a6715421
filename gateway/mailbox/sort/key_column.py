"""Texts that messages of a view are sorted by: each different one is kept once."""

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from itertools import count
from typing import Final

from typing_extensions import override

from gateway.mailbox import spans
from gateway.mailbox.column import Column
from gateway.mailbox.slices import LOOPED, breathe, picked, slices
from gateway.mailbox.sort.criteria import Key
from gateway.mailbox.sort.slicing import in_order
from gateway.mailbox.spans import Span
from gateway.mailbox.summaries import work_out
from gateway.mailbox.view import View
from gateway.store.model import EmailId, SortText
from gateway.store.protocol.store import Mail

AT_A_TIME: Final = 16_384
FEW: Final = 64
TEXTS: Final = frozenset({Key.CC, Key.DISPLAY_FROM, Key.DISPLAY_TO, Key.FROM, Key.SUBJECT, Key.TO})


class KeyColumn(Column):
    """`codes` by position, each the index of a text in `texts`; `order` sorts those."""

    def __init__(self) -> None:
        self.codes = array("I")
        self.texts: list[str] = []
        self.order = array("I")
        self._octets = 0

    @override
    def __len__(self) -> int:
        return len(self.codes)

    @override
    def keep(self, keep: Sequence[Span]) -> None:
        self.codes = spans.kept(self.codes, keep)

    @property
    @override
    def weight(self) -> int:
        return len(self) * 4 + len(self.texts) * (49 + 8 + 4) + self._octets

    def text(self, position: int) -> str:
        """What the message at a position is sorted by."""
        return self.texts[self.codes[position]]

    async def ranks(self) -> "array[int]":
        """By position: numbers that sort as the texts do."""
        ranks = array("I", bytes(4 * len(self.texts)))
        for low, high in slices(len(self.order), LOOPED):
            for rank in range(low, high):
                ranks[self.order[rank]] = rank
            await breathe()
        return await picked(array("I"), ranks.__getitem__, self.codes)

    def add(self, text: str) -> None:
        """The next position."""
        code = self.code(text)
        if code is None:
            at = bisect_left(self.order, text, key=self.texts.__getitem__)
            code = len(self.texts)
            self.texts.append(text)
            self._octets += len(text)
            self.order.insert(at, code)
        self.codes.append(code)

    def code(self, text: str) -> int | None:
        """Which it is of the texts; None: no message has it."""
        at = bisect_left(self.order, text, key=self.texts.__getitem__)
        if at == len(self.order) or self.texts[self.order[at]] != text:
            return None
        return self.order[at]

    def numbering(self) -> dict[str, int]:
        """The code of each text; asked for another one, it gives that the next."""
        known: dict[str, int] = defaultdict(count(len(self.texts)).__next__)
        known.update(zip(self.texts, range(len(self.texts)), strict=True))
        return known

    async def add_many(self, texts: Sequence[str], known: dict[str, int]) -> None:
        """The next positions; `known` is the `numbering`. `sort` has to follow."""
        for low, high in slices(len(texts), AT_A_TIME):
            self.codes.extend(map(known.__getitem__, texts[low:high]))
            await breathe()

    async def sort(self, known: dict[str, int]) -> None:
        """Put `texts` and `order` right after `add_many`."""
        self.texts = list(known)
        self._octets = sum(map(len, self.texts))
        self.order = await in_order(range(len(self.texts)), self.texts.__getitem__)


def column_of(view: View, key: Key) -> KeyColumn | None:
    """What is in memory of it, whole or not."""
    column = view.columns.get(key.value)
    return column if isinstance(column, KeyColumn) else None


async def key_column(mail: Mail, view: View, key: Key) -> KeyColumn:
    """Of all that is in the view now. Raises StoreUnavailable."""
    async with view.loading:
        column = column_of(view, key) or KeyColumn()
        start, stop = len(column), len(view)
        with view.pinned():
            if stop - start > FEW:
                await _many(mail, view, key, column)
            elif start < stop:
                for text in await texts_of(mail, key, view.some_emails(start, stop)):
                    column.add(text)
        view.columns[key.value] = column
        return column


async def _many(mail: Mail, view: View, key: Key, column: KeyColumn) -> None:
    known = column.numbering()
    for low, high in slices(len(view), AT_A_TIME, len(column)):
        await column.add_many(await texts_of(mail, key, view.some_emails(low, high)), known)
    await column.sort(known)


async def texts_of(mail: Mail, key: Key, emails: Sequence[EmailId]) -> list[str]:
    """What messages are sorted by; empty where one is not there any more. Raises StoreUnavailable."""
    which = SortText(key.value)
    found = await mail.emails.sort_texts(emails, which)
    if None in found:
        await work_out(mail, [email for email, text in zip(emails, found, strict=True) if text is None])
        found = await mail.emails.sort_texts(emails, which)
    return [text or "" for text in found]
