"""Segments are merged when there are many of a size, so that a search looks at few; what was expunged goes with that.

A message is copied once for each size: some four times until it lies in a large segment.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from gateway.store.embedded.index import file
from gateway.store.embedded.index.merge import merged
from gateway.store.embedded.paths import AccountFolder

_MANY: Final = (8, 8, 8, 4)
"""So many of a size are merged. Sizes: up to 7 messages, 63, 511, 4095; larger segments stay."""
_DEAD: Final = 4
"""A segment is written anew when one of so many messages in it is dead."""


def tidy(folder: AccountFolder) -> bool:
    """One merge, where one is due; whether there was one. Raises sqlite3.Error."""
    with file.writer(folder.index) as index:
        dead = file.dead(index)
        due = _due(index, dead)
        if not due:
            return False
        segments = [file.load(index, number) for number in due]
        whole = merged(segments, dead)
        forgotten = [(email,) for segment in segments for email in segment.emails if email in dead]
        with file.transaction(index):
            for number in due:
                file.remove(index, number)
            index.executemany("DELETE FROM dead WHERE email = ?", forgotten)
            if whole.emails:
                file.store(index, whole)
        return True


def _due(index: sqlite3.Connection, dead: set[int]) -> Sequence[int]:
    sizes: defaultdict[int, list[int]] = defaultdict(list)
    for number, emails in file.emails(index):
        gone = sum(email in dead for email in emails) if dead else 0
        if gone * _DEAD > len(emails):
            return [number]
        sizes[(len(emails).bit_length() - 1) // 3].append(number)
    for size, many in enumerate(_MANY):
        if len(sizes[size]) >= many:
            return sizes[size][:many]
    return ()
