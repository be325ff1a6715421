"""Threads for work on messages: an account has one at a time, and nobody waits for another's."""

import asyncio
import threading

import pytest

from gateway.auth.authenticator import AccountId
from gateway.mailbox.bench import THREADS, at_bench

AL, BO = AccountId(1), AccountId(2)


async def test_an_account_works_at_one_thing_at_a_time() -> None:
    at_work, most = 0, 0

    def work() -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        at_work -= 1

    await asyncio.gather(*(at_bench(AL, work) for _ in range(100)))
    assert most == 1


async def test_who_asks_for_much_keeps_nobody_else_waiting() -> None:
    over = threading.Event()
    busy = [asyncio.create_task(asyncio.wait_for(at_bench(AL, over.wait), 60)) for _ in range(2 * THREADS)]
    try:
        await asyncio.sleep(0)
        assert await asyncio.wait_for(at_bench(BO, lambda: "done"), 30) == "done"
        assert not any(each.done() for each in busy)
    finally:
        over.set()
    assert await asyncio.gather(*busy) == [True] * len(busy)


async def test_what_fails_leaves_the_turn_to_others() -> None:
    def broken() -> None:
        raise OSError("unreadable")

    for _ in range(3):
        with pytest.raises(OSError, match="unreadable"):
            await at_bench(AL, broken)
    assert await at_bench(AL, lambda: 7) == 7
