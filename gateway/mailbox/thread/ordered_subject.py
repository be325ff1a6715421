"""ORDEREDSUBJECT: what has the same base subject is one thread, without further order (RFC 5256 3)."""

from array import array
from collections.abc import Sequence

from gateway.mailbox.slices import LOOPED, breathe, slices
from gateway.mailbox.sort.slicing import in_order
from gateway.mailbox.thread.forest import Forest
from gateway.mailbox.thread.material import Material


async def ordered_subject(items: Sequence[int], found: Material) -> Forest:
    """By the date of sending: the first of each subject, followed by all others as its children."""
    by_date = await in_order(items, found.sent)
    by_subject: dict[int, list[int]] = {}
    for low, high in slices(len(by_date), LOOPED):
        for item in by_date[low:high]:
            by_subject.setdefault(found.subject(item), []).append(item)
        await breathe()
    threads = list(by_subject.values())
    forest = Forest(array("i"), array("i"))
    for low, high in slices(len(threads), LOOPED):
        for members in threads[low:high]:
            forest.positions.extend(members)
            forest.depths.append(0)
            forest.depths.extend((1,) * (len(members) - 1))
        await breathe()
    return forest
