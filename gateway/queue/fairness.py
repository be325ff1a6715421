"""Start-time fair queueing between the senders of one next hop (Goyal, Vin and Cheng, 1996), with priorities.

A piece of work starts at the later of the hop's virtual time and the end of its sender's work before it. The virtual
time is the start of what was served last. So a sender with a long line waits in its own line, and a sender without
one is served within a round. Memory is bounded: what is forgotten costs fairness for a while, never order or mail.

Each step of priority (RFC 6710) moves a turn by `STEP`, to the front or to the back: what is urgent overtakes what
came shortly before it; what is not urgent waits that much longer, never for ever. In its sender's line work waits for
what is as urgent or more so, not for the rest.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

MAX_HOPS = 4096
MAX_FLOWS = 4096
STEP = 100
"""Turns that one step of priority is worth."""

_SENDER_BITS = 32


def flow_of(sender: int, priority: int) -> int:
    """The number that stands for a sender, of 32 bits, and a priority; for priority 0 it is the sender's own."""
    return (priority << _SENDER_BITS) + sender


@dataclass(slots=True)
class _Hop:
    virtual: int
    ends: dict[int, dict[int, int]] = field(default_factory=dict)
    """By sender: where the work of each priority ends."""


class Turns:
    """The turns of one shard. `lowest(hop)` tells the least turn stored for a hop that is not known here."""

    __slots__ = ("_hops", "_lowest")

    def __init__(self, lowest: Callable[[str], int | None]) -> None:
        self._lowest = lowest
        self._hops: OrderedDict[str, _Hop] = OrderedDict()

    def take(self, hop: str, flow: int, size: int) -> int:
        """A turn for work of `size` recipients that belongs to a `flow`: a sender and a priority."""
        known = self._known(hop)
        sender, priority = flow & (1 << _SENDER_BITS) - 1, flow >> _SENDER_BITS
        line = known.ends.get(sender)
        if line is None:
            if len(known.ends) >= MAX_FLOWS:
                _forget(known)
            line = known.ends[sender] = {}
        start = max([known.virtual, *(end for level, end in line.items() if level >= priority)])
        line[priority] = start + size
        return start - STEP * priority

    def served(self, hop: str, turn: int) -> None:
        """Work with this turn has been taken: the hop's virtual time moves on."""
        known = self._known(hop)
        known.virtual = max(known.virtual, turn)

    def _known(self, hop: str) -> _Hop:
        known = self._hops.get(hop)
        if known is None:
            known = self._hops[hop] = _Hop(self._lowest(hop) or 0)
            if len(self._hops) > MAX_HOPS:
                self._hops.popitem(last=False)
        self._hops.move_to_end(hop)
        return known


def _forget(hop: _Hop) -> None:
    hop.ends = {sender: line for sender, line in hop.ends.items() if max(line.values()) > hop.virtual}
    if len(hop.ends) >= MAX_FLOWS:
        hop.ends = dict(sorted(hop.ends.items(), key=lambda item: -max(item[1].values()))[: MAX_FLOWS // 2])
