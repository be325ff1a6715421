"""Looking among the terms of a column. A term is known by its line's number."""

import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.store.embedded.index.segment import BLOCK

_FEW = 64
"""Terms whose messages are put together before it is asked whether all have been found."""


@dataclass(frozen=True, slots=True)
class Lines:
    """`terms` and `counts` of a column."""

    terms: bytes
    counts: "array[int]"

    def whole(self, term: bytes) -> list[int]:
        """The term itself, or nothing."""
        start = self._first(term)
        return [self._number(start)] if self.terms.startswith(term + b"\n", start + 1) else []

    def containing(self, part: bytes) -> Iterator[int]:
        """All that have it in them."""
        terms, at, counted, number = self.terms, self.terms.find(part), 0, -1
        while at >= 0:
            if at - counted > 1 << BLOCK:
                counted = at >> BLOCK << BLOCK
                number = self.counts[at >> BLOCK] - 1
            number += terms.count(b"\n", counted, at)
            counted = at
            yield number
            at = terms.find(part, terms.find(b"\n", at))

    def beginning(self, first: bytes, pattern: "re.Pattern[bytes]") -> Iterator[tuple[int, bytes]]:
        """Those that begin with `first` (perhaps empty) and whose line, after its newline, matches from there."""
        start = self._first(first)
        stop = self._first(first + b"\xff") if first else len(self.terms) - 1
        for match in pattern.finditer(self.terms, start, stop + 1):
            yield self._number(match.start()), match[1]

    def _first(self, term: bytes) -> int:
        """The newline before the first line that is not below `term`."""
        low, high = 0, len(self.terms) - 1
        while low < high:
            middle = self.terms.rfind(b"\n", low, (low + high) // 2 + 1)
            end = self.terms.find(b"\n", middle + 1)
            if self.terms[middle + 1 : end] < term:
                low = end
            else:
                high = middle
        return low

    def _number(self, newline: int) -> int:
        block = newline >> BLOCK
        return self.counts[block] + self.terms.count(b"\n", block << BLOCK, newline)


def messages_of(lines: Iterable[int], ends: "array[int]", messages: "array[int]", most: int) -> set[int]:
    """Which messages have any of these terms. `most`: how many there can be."""
    found: set[int] = set()
    for count, line in enumerate(lines):
        found.update(messages[ends[line - 1] if line else 0 : ends[line]])
        if count % _FEW == 0 and len(found) == most:
            break
    return found
