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
    threads: dict[int, int] = {}
    for low, high in slices(len(by_date), LOOPED):
        for item in by_date[low:high]:
            threads.setdefault(found.subject(item), len(threads))
        await breathe()
    members = await in_order(by_date, lambda item: threads[found.subject(item)])
    forest = Forest(array("i", members), array("i"))
    last = None
    for low, high in slices(len(members), LOOPED):
        for item in members[low:high]:
            subject = found.subject(item)
            forest.depths.append(0 if subject != last else 1)
            last = subject
        await breathe()
    return forest
