"""Sets of message numbers as clients write them (RFC 9051 9 sequence-set)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.store.uids import UidSet

STAR: Final = 1 << 32
"""`*`: the highest number in use."""
_HIGHEST: Final = STAR - 1
_CHARACTERS: Final = b"0123456789:*,"


class BadSet(ValueError):
    """It is no set."""


@dataclass(frozen=True, slots=True)
class SequenceSet:
    """Made with few steps of Python for each range: a hostile command has ten thousand of them."""

    numbers: UidSet = UidSet()
    """What is written without `*`."""
    ends: tuple[int, ...] = ()
    """The lowest and the highest of the other ends of ranges with `*`; STAR is one of them for `*` alone."""
    saved: bool = False
    """`$`: the result of the last SEARCH with SAVE (RFC 5182); then there is nothing else."""

    @classmethod
    def parse(cls, text: bytes) -> "SequenceSet":
        """Raises BadSet."""
        if text.translate(None, _CHARACTERS) or text.startswith(b"0") or b",0" in text or b":0" in text:
            raise _bad()
        # Sorting is quick where they keep the order in which they are written.
        pieces = dict.fromkeys(text.split(b","))
        starred = [piece for piece in pieces if b"*" in piece] if b"*" in text else []
        for piece in starred:
            del pieces[piece]
        ranges = [piece for piece in pieces if b":" in piece] if b":" in text else []
        for piece in ranges:
            del pieces[piece]
        return cls(UidSet.of(_numbers(pieces)) | _ranges(ranges), _ends(starred))

    @classmethod
    def one(cls, number: int) -> "SequenceSet":
        """One message; STAR: the last."""
        return cls(ends=(STAR, STAR)) if number == STAR else cls(UidSet.of([number]))

    def upto(self, highest: int) -> UidSet:
        """With `*` as this number; nothing where it is 0: then nothing is in use. Numbers over it stay."""
        if not highest:
            return UidSet()
        if not self.ends:
            return self.numbers
        # Each range with `*` has the highest number in it, and so they are one.
        low, high = (highest if end == STAR else end for end in self.ends)
        return self.numbers | UidSet(((min(low, highest), max(high, highest)),))

    @property
    def highest(self) -> int:
        """The highest number that is written."""
        ranges = self.numbers.ranges
        return max((ranges[-1][1] if ranges else 0, *(end for end in self.ends if end != STAR)))


SAVED: Final = SequenceSet(saved=True)


def _numbers(texts: Iterable[bytes]) -> list[int]:
    try:
        found = list(map(int, texts))
    except ValueError as error:
        raise _bad() from error
    if max(found, default=0) > _HIGHEST:
        raise _bad()
    return found


def _ranges(texts: Sequence[bytes]) -> UidSet:
    ends = b":".join(texts).split(b":") if texts else []
    if len(ends) != 2 * len(texts):
        raise _bad()
    numbers = _numbers(ends)
    return UidSet.ranges_of(zip(numbers[::2], numbers[1::2], strict=True))


def _ends(texts: Sequence[bytes]) -> tuple[int, ...]:
    """The lowest and the highest of the ends that are no `*`, or STAR."""
    others = {text[:-2] if text.endswith(b":*") else text.removeprefix(b"*:") for text in texts}
    found = _numbers(others - {b"*"}) + [STAR] * (b"*" in others)
    return (min(found), max(found)) if found else ()


def _bad() -> BadSet:
    return BadSet(f"a set of message numbers has numbers from 1 to {_HIGHEST}, `:`, `,` and `*`")
