"""Texts that messages of a view are sorted by: each different one is kept once."""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from typing_extensions import override

from gateway.mailbox import spans
from gateway.mailbox.column import Column
from gateway.mailbox.slices import COMPARED, breathe, slices
from gateway.mailbox.sort.criteria import Key
from gateway.mailbox.sort.slicing import in_order
from gateway.mailbox.spans import Span
from gateway.mailbox.summaries import summaries
from gateway.mailbox.view import View
from gateway.store.model import EmailId
from gateway.store.protocol.store import Mail
from gateway.summary.model import SortKeys

AT_A_TIME: Final = 2_000
FEW: Final = 64
TEXTS: Final = frozenset({Key.CC, Key.DISPLAY_FROM, Key.DISPLAY_TO, Key.FROM, Key.SUBJECT, Key.TO})


class KeyColumn(Column):
    """`codes` by position, each the index of a text in `texts`; `order` sorts those."""

    def __init__(self) -> None:
        self.codes = array("I")
        self.texts: list[bytes] = []
        self.order: list[int] = []
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
        return len(self) * 4 + len(self.texts) * (33 + 8 + 8 + 32) + self._octets

    def text(self, position: int) -> bytes:
        """What the message at a position is sorted by."""
        return self.texts[self.codes[position]]

    async def ranks(self) -> "array[int]":
        """By position: numbers that sort as the texts do."""
        ranks = array("I", bytes(4 * len(self.texts)))
        for rank, code in enumerate(self.order):
            ranks[code] = rank
        found = array("I")
        for low, high in slices(len(self), COMPARED):
            found.extend(map(ranks.__getitem__, self.codes[low:high]))
            await breathe()
        return found

    def add(self, text: bytes) -> None:
        """The next position."""
        code = self.code(text)
        if code is None:
            at = bisect_left(self.order, text, key=self.texts.__getitem__)
            code = self._new(text)
            self.order.insert(at, code)
        self.codes.append(code)

    def code(self, text: bytes) -> int | None:
        """Which it is of the texts; None: no message has it."""
        at = bisect_left(self.order, text, key=self.texts.__getitem__)
        if at == len(self.order) or self.texts[self.order[at]] != text:
            return None
        return self.order[at]

    def add_many(self, texts: Sequence[bytes], known: dict[bytes, int]) -> None:
        """The next positions; `known` says where each text is. `sort` has to follow."""
        for text in texts:
            code = known.get(text)
            if code is None:
                code = known[text] = self._new(text)
            self.codes.append(code)

    async def sort(self) -> None:
        """Put `order` right after `add_many`."""
        self.order = await in_order(range(len(self.texts)), self.texts.__getitem__)

    def _new(self, text: bytes) -> int:
        self.texts.append(text)
        self._octets += len(text)
        return len(self.texts) - 1


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
                for text in await texts_of(mail, key, [EmailId(email) for email in view.emails[start:stop]]):
                    column.add(text)
        view.columns[key.value] = column
        return column


async def _many(mail: Mail, view: View, key: Key, column: KeyColumn) -> None:
    known = {text: code for code, text in enumerate(column.texts)}
    for low, high in slices(len(view), AT_A_TIME, len(column)):
        emails = [EmailId(email) for email in view.emails[low:high]]
        column.add_many(await texts_of(mail, key, emails), known)
    await column.sort()


async def texts_of(mail: Mail, key: Key, emails: Sequence[EmailId]) -> list[bytes]:
    """What messages are sorted by; empty where one is not there any more. Raises StoreUnavailable."""
    found = list(await mail.emails.sort_keys(emails))
    missing = [at for at, keys in enumerate(found) if keys is None]
    if missing:
        made = await summaries(mail, [emails[at] for at in missing])
        for at, summary in zip(missing, made, strict=True):
            found[at] = None if summary is None else summary.keys
    return [b"" if keys is None else _text(keys, key) for keys in found]


def _text(keys: SortKeys, key: Key) -> bytes:
    match key:
        case Key.CC:
            return keys.cc
        case Key.DISPLAY_FROM:
            return keys.display_from
        case Key.DISPLAY_TO:
            return keys.display_to
        case Key.FROM:
            return keys.sender
        case Key.TO:
            return keys.to
        case _:
            return keys.subject
