"""Which message answers which: step 1 of REFERENCES (RFC 5256 3), and its dummies taken out: steps 2 and 3.

A *node* is a message or a dummy: a message that others name, and that is not there. Linking goes on where it stopped as
messages arrive; where one is expunged it begins anew, as RFC 5256 makes the result depend on all that are there.
"""

from array import array
from collections.abc import Sequence

from gateway.mailbox.slices import LOOPED, breathe, slices
from gateway.mailbox.thread.forest import NOBODY, Growing
from gateway.mailbox.thread.link_column import LinkColumn


class Linking:
    """Of some messages of a view, in the order of their UIDs."""

    def __init__(self) -> None:
        self._nodes: dict[int, int] = {}
        """By Message-ID."""
        self._parent = array("i")
        self._children = array("I")
        """How many each has."""
        self._message = array("i")
        """The position of each; NOBODY: a dummy."""
        self._spent = 0

    @property
    def weight(self) -> int:
        """Octets in memory, roughly."""
        return 12 * len(self._parent) + 130 * len(self._nodes)

    async def link(self, links: LinkColumn, positions: Sequence[int]) -> None:
        """Add messages, which come after all that were added before."""
        for position in positions:
            self._link(position, links.own[position], links.references(position))
            if self._spent > LOOPED:
                self._spent = 0
                await breathe()

    def _link(self, position: int, own: int, references: "array[int]") -> None:
        last = NOBODY
        for reference in references:
            node = self._named(reference)
            if last != NOBODY and self._parent[node] == NOBODY:
                self._adopt(last, node)
            last = node
        self._spent += 1 + len(references)
        message = self._of_message(position, own)
        self._leave(message)
        if last != NOBODY:
            self._adopt(last, message)

    def _named(self, identifier: int) -> int:
        node = self._nodes.get(identifier)
        if node is None:
            node = self._nodes[identifier] = self._new(NOBODY)
        return node

    def _of_message(self, position: int, own: int) -> int:
        node = self._nodes.get(own)
        if node is None:
            node = self._nodes[own] = self._new(position)
        elif self._message[node] == NOBODY:
            self._message[node] = position
        else:
            # The first message of a Message-ID has it; another has one that nobody names.
            node = self._new(position)
        return node

    def _new(self, position: int) -> int:
        self._parent.append(NOBODY)
        self._children.append(0)
        self._message.append(position)
        return len(self._parent) - 1

    def _leave(self, node: int) -> None:
        parent = self._parent[node]
        if parent != NOBODY:
            self._children[parent] -= 1
            self._parent[node] = NOBODY

    def _adopt(self, parent: int, child: int) -> None:
        if not self._descends(parent, child):
            self._parent[child] = parent
            self._children[parent] += 1

    def _descends(self, node: int, ancestor: int) -> bool:
        """Whether a node is the other, or below it."""
        if not self._children[ancestor]:
            return node == ancestor
        at = node
        while at not in (NOBODY, ancestor):
            at = self._parent[at]
            self._spent += 1
        return at == ancestor

    async def trees(self, size: int) -> Growing:
        """What is linked by now, of items below `size`, without dummies; but one at the top stays where it holds
        several together."""
        result = Growing(size)
        tops: dict[int, int] = {}
        grouped: list[tuple[int, int]] = []
        for low, high in slices(len(self._message), LOOPED):
            for node in range(low, high):
                if self._message[node] != NOBODY and self._parent[node] != NOBODY:
                    self._place(node, result, tops, grouped)
            await breathe()
        await _group(grouped, result)
        return result

    def _place(self, node: int, result: Growing, tops: dict[int, int], grouped: list[tuple[int, int]]) -> None:
        parent = self._parent[node]
        above = parent if self._message[parent] != NOBODY else self._top(parent, tops)
        if self._message[above] != NOBODY:
            result.parent[self._message[node]] = self._message[above]
        else:
            grouped.append((above, self._message[node]))

    def _top(self, dummy: int, tops: dict[int, int]) -> int:
        """The nearest message above a dummy, or the highest dummy where there is none."""
        passed = []
        at = dummy
        while at not in tops and self._message[at] == NOBODY and self._parent[at] != NOBODY:
            passed.append(at)
            at = self._parent[at]
        top = tops.get(at, at)
        for node in passed:
            tops[node] = top
        return top


async def _group(grouped: list[tuple[int, int]], result: Growing) -> None:
    """Under a dummy for each number, but for who would be alone there."""
    first: dict[int, int] = {}
    dummies: dict[int, int] = {}
    for low, high in slices(len(grouped), LOOPED):
        for above, item in grouped[low:high]:
            alone = first.setdefault(above, item)
            if alone != item:
                if above not in dummies:
                    dummies[above] = result.parent[alone] = result.new_dummy()
                result.parent[item] = dummies[above]
        await breathe()
