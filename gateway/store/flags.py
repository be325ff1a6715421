"""Flags and keywords of a message in a mailbox (RFC 9051 2.3.2), and how an array holds them: as one number each.

A *mark* is the sum of the system flags' bits and, above them, the number of a set of keywords: accounts use few
different sets, however many keywords they have. `KeywordSets` of the account says which set a number is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, IntFlag, auto
from typing import Final, NewType

Mark = NewType("Mark", int)
KeywordSets = Mapping[int, frozenset[str]]
"""By number; 0 is the empty set. Keywords are kept in the case in which they were first used in the account, and are
compared without case."""


class System(IntFlag):
    """The system flags. \\Recent is none of them: it belongs to a session."""

    SEEN = 1
    ANSWERED = 2
    FLAGGED = 4
    DELETED = 8
    DRAFT = 16


NONE: Final = System(0)
SYSTEM_BITS: Final = 5
SYSTEM_MASK: Final = (1 << SYSTEM_BITS) - 1
MAX_KEYWORDS: Final = 200
"""Of one message."""
MAX_KEYWORD: Final = 100
"""Octets of a keyword: an atom of ASCII (RFC 9051 9 flag-keyword)."""


@dataclass(frozen=True, slots=True)
class Flags:
    """What a message in a mailbox is marked with."""

    system: System = NONE
    keywords: frozenset[str] = frozenset()


class How(Enum):
    """What STORE does with the flags that it names."""

    ADD = auto()
    REMOVE = auto()
    REPLACE = auto()


def mark(system: System, keywords: int) -> Mark:
    """From the flags and the number of a set of keywords."""
    return Mark(int(system) | keywords << SYSTEM_BITS)


def system_of(value: Mark) -> System:
    """The system flags of a mark."""
    return System(value & SYSTEM_MASK)


def keywords_of(value: Mark) -> int:
    """The number of the set of keywords of a mark."""
    return value >> SYSTEM_BITS
