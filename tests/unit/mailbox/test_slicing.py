"""The sort in slices against `sorted`, with more than goes into a slice."""

import asyncio
from array import array
from collections.abc import Awaitable, Callable
from random import Random

import pytest

from gateway.mailbox.slices import LOOPED
from gateway.mailbox.sort.slicing import AT_ONCE, in_order
from gateway.mailbox.thread.forest import Forest
from gateway.mailbox.thread.ordered_subject import ordered_subject

MANY = 3 * AT_ONCE + 17
KEYS: dict[str, Callable[[Random], float]] = {
    "all different": lambda chance: chance.random(),
    "few": lambda chance: chance.randrange(5),
    "one": lambda _: 1,
    "most are one": lambda chance: chance.choice((7, 7, 7, chance.random() * 14)),
}


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("texts", [False, True])
def test_in_order_as_sorted_is(kind: str, *, reverse: bool, texts: bool) -> None:
    chance = Random(kind)
    values = [KEYS[kind](chance) for _ in range(MANY)]
    items = chance.sample(range(MANY), MANY)
    if texts:
        names = [f"Ü{value}" for value in values]
        made = asyncio.run(in_order(items, names.__getitem__, reverse=reverse))
        assert made.tolist() == sorted(items, key=names.__getitem__, reverse=reverse)
    else:
        made = asyncio.run(in_order(items, values.__getitem__, reverse=reverse))
        assert made.tolist() == sorted(items, key=values.__getitem__, reverse=reverse)


async def _turns(work: Callable[[], Awaitable[object]]) -> int:
    """How many times others had their turn meanwhile."""
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await work()
    counting.cancel()
    return turns


def test_others_have_their_turn_while_it_sorts() -> None:
    values = [Random(1).random() for _ in range(MANY)]
    assert asyncio.run(_turns(lambda: in_order(range(MANY), values.__getitem__))) >= MANY // AT_ONCE


def test_ordered_subject_of_more_than_a_slice() -> None:
    """RFC 5256 3: the first of each subject by date, and all others of it as its children."""
    size = 9 * LOOPED + 5
    subjects = [at * 7919 % (size // 3) for at in range(size)]
    by_date = array("I", range(size))
    forest: Forest = asyncio.run(ordered_subject(by_date, subjects))
    threads: dict[int, list[int]] = {}
    for at in range(size):
        threads.setdefault(subjects[at], []).append(at)
    assert forest.positions.tolist() == [at for members in threads.values() for at in members]
    assert forest.depths.tolist() == [int(at > 0) for members in threads.values() for at in range(len(members))]
