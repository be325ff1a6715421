"""Sets of message numbers as clients write them (RFC 9051 9 sequence-set)."""

from dataclasses import dataclass
from typing import Final

from gateway.store.uids import Range, UidSet

STAR: Final = 1 << 32
"""`*`: the highest number in use."""
_HIGHEST: Final = STAR - 1


class BadSet(ValueError):
    """It is no set."""


@dataclass(frozen=True, slots=True)
class SequenceSet:
    """Pairs of ends in any order, as written; an end may be STAR."""

    pairs: tuple[Range, ...]
    saved: bool = False
    """`$`: the result of the last SEARCH with SAVE (RFC 5182); then there are no pairs."""

    @classmethod
    def parse(cls, text: bytes) -> "SequenceSet":
        """Raises BadSet."""
        return cls(tuple(map(_pair, text.split(b","))))

    def upto(self, highest: int) -> UidSet:
        """With `*` as this number; nothing where it is 0: then nothing is in use. Numbers over it stay."""
        if not highest:
            return UidSet()
        ends = [[highest if end == STAR else end for end in pair] for pair in self.pairs]
        return UidSet.ranges_of((low, high) for low, high in ends)

    @property
    def highest(self) -> int:
        """The highest number that is written."""
        return max((end for pair in self.pairs for end in pair if end < STAR), default=0)


SAVED: Final = SequenceSet((), saved=True)


def _pair(text: bytes) -> Range:
    first, colon, second = text.partition(b":")
    low = _end(first)
    return (low, _end(second)) if colon else (low, low)


def _end(text: bytes) -> int:
    if text == b"*":
        return STAR
    if not text.isdigit() or len(text) > 10 or not 0 < int(text) <= _HIGHEST:
        raise BadSet(f"a set of message numbers has numbers from 1 to {_HIGHEST}, `:`, `,` and `*`")
    return int(text)
