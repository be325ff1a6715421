"""Start-time fair queueing between the senders of one next hop (Goyal, Vin and Cheng, 1996).

A piece of work starts at the later of the hop's virtual time and the end of its sender's work before it. The virtual
time is the start of what was served last. So a sender with a long line waits in its own line, and a sender without
one is served within a round. Memory is bounded: what is forgotten costs fairness for a while, never order or mail.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

MAX_HOPS = 4096
MAX_FLOWS = 4096


@dataclass(slots=True)
class _Hop:
    virtual: int
    ends: dict[int, int] = field(default_factory=dict)


class Turns:
    """The turns of one shard. `lowest(hop)` tells the least turn stored for a hop that is not known here."""

    __slots__ = ("_hops", "_lowest")

    def __init__(self, lowest: Callable[[str], int | None]) -> None:
        self._lowest = lowest
        self._hops: OrderedDict[str, _Hop] = OrderedDict()

    def take(self, hop: str, flow: int, size: int) -> int:
        """A turn for work of `size` recipients that belongs to the sender `flow`."""
        known = self._known(hop)
        start = max(known.virtual, known.ends.get(flow, 0))
        if len(known.ends) >= MAX_FLOWS and flow not in known.ends:
            _forget(known)
        known.ends[flow] = start + size
        return start

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
    hop.ends = {flow: end for flow, end in hop.ends.items() if end > hop.virtual}
    if len(hop.ends) >= MAX_FLOWS:
        hop.ends = dict(sorted(hop.ends.items(), key=lambda item: -item[1])[: MAX_FLOWS // 2])
