"""ORDEREDSUBJECT: what has the same base subject is one thread, without further order (RFC 5256 3)."""

from array import array
from collections import defaultdict
from collections.abc import Sequence
from itertools import count
from operator import eq

from gateway.mailbox.slices import COMPARED, breathe, picked, slices
from gateway.mailbox.sort.slicing import in_order
from gateway.mailbox.thread.forest import Forest


async def ordered_subject(by_date: "array[int]", subjects: Sequence[int]) -> Forest:
    """By the date of sending: the first of each subject, followed by all others as its children."""
    ordered = await picked(array("i"), subjects.__getitem__, by_date)
    numbers: dict[int, int] = defaultdict(count().__next__)
    threads = await picked(array("I"), numbers.__getitem__, ordered)
    order = await in_order(range(len(by_date)), threads.__getitem__)
    positions = await picked(array("i"), by_date.__getitem__, order)
    members = await picked(array("I"), threads.__getitem__, order)
    depths = array("i", (0,) * min(len(members), 1))
    for low, high in slices(len(members), COMPARED, 1):
        depths.extend(map(int, map(eq, members[low - 1 : high - 1], members[low:high])))
        await breathe()
    return Forest(positions, depths)
