"""Search keys as values: RFC 9051 6.4.4, RFC 3501 6.4.4 (NEW, OLD, RECENT), RFC 5032 2, RFC 5466 3.1, RFC 6203 3,
RFC 7162 3.1.5, RFC 8474 6, RFC 8514 4.3. What they find is the business of `gateway.imap.search`."""

from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from typing import Final

from gateway.imap.wire.sets import SequenceSet
from gateway.store.flags import System
from gateway.store.protocol.search import Field


@dataclass(frozen=True, slots=True)
class All:
    """Every message. SAVEDATESUPPORTED is this too: all mailboxes know when their messages were saved."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """By message numbers."""

    numbers: SequenceSet


@dataclass(frozen=True, slots=True)
class Named:
    """By UIDs."""

    uids: SequenceSet


@dataclass(frozen=True, slots=True)
class HasFlag:
    """ANSWERED, SEEN…"""

    flag: System


@dataclass(frozen=True, slots=True)
class Recent:
    """\\Recent in this session."""


@dataclass(frozen=True, slots=True)
class HasKeyword:
    """KEYWORD."""

    name: str


@dataclass(frozen=True, slots=True)
class HasText:
    """BCC, BODY, CC, FROM, SUBJECT, TEXT, TO: a text in any of these fields."""

    fields: frozenset[Field]
    text: str


@dataclass(frozen=True, slots=True)
class HasHeader:
    """HEADER. An empty text: there is such a field."""

    name: str
    text: str


class Moment(Enum):
    """Of what a day is compared."""

    RECEIVED = auto()
    SENT = auto()
    SAVED = auto()


class Relation(Enum):
    """How."""

    BEFORE = auto()
    ON = auto()
    SINCE = auto()


@dataclass(frozen=True, slots=True)
class OnDay:
    """BEFORE, SENTON, SAVEDSINCE…"""

    moment: Moment
    relation: Relation
    day: date


@dataclass(frozen=True, slots=True)
class Larger:
    """Than so many octets."""

    octets: int


@dataclass(frozen=True, slots=True)
class Smaller:
    """Than so many octets."""

    octets: int


@dataclass(frozen=True, slots=True)
class Older:
    """INTERNALDATE is so many seconds ago, or longer."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Younger:
    """INTERNALDATE is so many seconds ago, or less long."""

    seconds: int


@dataclass(frozen=True, slots=True)
class ModSeqFrom:
    """MODSEQ: this or higher. We keep one for all metadata of a message, so the names of items say nothing."""

    moment: int


@dataclass(frozen=True, slots=True)
class EmailWith:
    """EMAILID."""

    id: str


@dataclass(frozen=True, slots=True)
class ThreadWith:
    """THREADID."""

    id: str


@dataclass(frozen=True, slots=True)
class Filter:
    """What an annotation of the account says."""

    name: str


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """Near to it is enough."""

    key: "Key"


@dataclass(frozen=True, slots=True)
class Not:
    """What does not match."""

    key: "Key"


@dataclass(frozen=True, slots=True)
class And:
    """What matches all of them."""

    keys: tuple["Key", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """What matches any of them. `OR a OR b c` is one of three."""

    keys: tuple["Key", ...]


Leaf = (
    All
    | Numbered
    | Named
    | HasFlag
    | Recent
    | HasKeyword
    | HasText
    | HasHeader
    | OnDay
    | Larger
    | Smaller
    | Older
    | Younger
    | ModSeqFrom
    | EmailWith
    | ThreadWith
    | Filter
)
Key = Leaf | Fuzzy | Not | And | Or

FLAGS: Final = {
    b"ANSWERED": HasFlag(System.ANSWERED),
    b"DELETED": HasFlag(System.DELETED),
    b"DRAFT": HasFlag(System.DRAFT),
    b"FLAGGED": HasFlag(System.FLAGGED),
    b"SEEN": HasFlag(System.SEEN),
}
PLAIN: Final[dict[bytes, Key]] = {
    b"ALL": All(),
    b"SAVEDATESUPPORTED": All(),
    b"RECENT": Recent(),
    b"OLD": Not(Recent()),
    b"NEW": And((Recent(), Not(FLAGS[b"SEEN"]))),
    **FLAGS,
    **{b"UN" + name: Not(flag) for name, flag in FLAGS.items()},
}
"""Keys without arguments."""
FIELDS: Final = {
    b"BCC": frozenset({Field.BCC}),
    b"BODY": frozenset({Field.BODY}),
    b"CC": frozenset({Field.CC}),
    b"FROM": frozenset({Field.FROM}),
    b"SUBJECT": frozenset({Field.SUBJECT}),
    b"TEXT": frozenset(Field),
    b"TO": frozenset({Field.TO}),
}
DAYS: Final = {
    prefix + relation.name.encode(): (moment, relation)
    for prefix, moment in ((b"", Moment.RECEIVED), (b"SENT", Moment.SENT), (b"SAVED", Moment.SAVED))
    for relation in Relation
}
NUMBERS: Final[dict[bytes, type[Larger] | type[Smaller]]] = {b"LARGER": Larger, b"SMALLER": Smaller}
AGES: Final[dict[bytes, type[Older] | type[Younger]]] = {b"OLDER": Older, b"YOUNGER": Younger}
IDS: Final[dict[bytes, type[EmailWith] | type[ThreadWith]]] = {b"EMAILID": EmailWith, b"THREADID": ThreadWith}


def leaves(key: Key) -> tuple[Leaf, ...]:
    """All conditions that are no combination of others. `Fuzzy` is asked with `is_fuzzy`."""
    found: list[Leaf] = []
    waiting: list[Key] = [key]
    while waiting:
        match waiting.pop():
            case And(keys) | Or(keys):
                waiting.extend(reversed(keys))
            case Not(inner) | Fuzzy(inner):
                waiting.append(inner)
            case leaf:
                found.append(leaf)
    return tuple(found)


def is_fuzzy(key: Key) -> bool:
    """FUZZY is somewhere in it."""
    match key:
        case Fuzzy():
            return True
        case And(keys) | Or(keys):
            return any(map(is_fuzzy, keys))
        case Not(inner):
            return is_fuzzy(inner)
        case _:
            return False
