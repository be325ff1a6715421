"""By what messages are sorted."""

from dataclasses import dataclass
from enum import Enum

from gateway.mailbox.search.query import Query


class Key(Enum):
    """A property that never changes (RFC 5256 3, RFC 5957 3). The implicit last one is the order in the mailbox."""

    ARRIVAL = "arrival"
    CC = "cc"
    DATE = "date"
    DISPLAY_FROM = "display_from"
    DISPLAY_TO = "display_to"
    FROM = "sender"
    SAVED = "saved"
    SIZE = "size"
    SUBJECT = "subject"
    TO = "to"


@dataclass(frozen=True, slots=True)
class By:
    """`reverse` turns this criterion alone around; what it holds for equal stays in order."""

    key: Key
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class ByMatch:
    """What matches comes last, as false is before true (RFC 8621 4.4.2 `hasKeyword`…)."""

    query: Query
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class ByRelevance:
    """What matches best comes first (RFC 6203 5)."""

    reverse: bool = False


Criterion = By | ByMatch | ByRelevance
