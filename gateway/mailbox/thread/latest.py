"""The order of threads of REFS: what has the message that arrived last comes last."""

from collections.abc import Callable

from gateway.mailbox.slices import LOOPED, breathe
from gateway.mailbox.sort.slicing import in_order
from gateway.mailbox.thread.forest import Growing


async def sort_by_latest(trees: Growing, arrived: Callable[[int], int]) -> None:
    """`arrived` says of no two messages the same."""
    latest: dict[int, int] = {}
    done = 0
    for root in trees.roots:
        members = _members(trees, root)
        latest[root] = max(arrived(member) for member in members if member >= 0)
        done += len(members)
        if done > LOOPED:
            done = 0
            await breathe()
    trees.roots = await in_order(trees.roots, latest.__getitem__)


def _members(trees: Growing, root: int) -> list[int]:
    found = [root]
    if root in trees.children:
        for node in found:
            found.extend(trees.children.get(node, ()))
    return found
