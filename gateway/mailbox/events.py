"""What a view tells its sessions of: what happened to which UIDs."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from gateway.store.model import ModSeq
from gateway.store.uids import UidSet

UNKNOWN: Final = ModSeq(0)
"""Of changes of flags at several moments: nobody made them all."""


class What(Enum):
    """Arrivals are no events: a session sees that the view is longer than what it knows."""

    FLAGS = auto()
    EXPUNGED = auto()


@dataclass(frozen=True, slots=True)
class Event:
    """`at`: the moment of the change; of several expunges, of the first."""

    what: What
    at: ModSeq
    uids: UidSet


def joined(events: list[Event]) -> list[Event]:
    """At most one of each kind, for a session that is told nothing for long."""
    result: list[Event] = []
    for what in What:
        some = [event for event in events if event.what is what]
        if some:
            uids = UidSet.ranges_of(pair for event in some for pair in event.uids.ranges)
            at = min(event.at for event in some) if what is What.EXPUNGED else UNKNOWN
            result.append(Event(what, at, uids))
    return result
