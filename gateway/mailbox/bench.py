"""Threads for work on messages that accounts ask for.

Threads of Python take turns, the event loop among them: the more are at work, the longer every client waits. So they
are few, and of an account one works at a time: whoever has messages looked into that take long keeps himself waiting.
"""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar
from weakref import WeakValueDictionary

from gateway.auth.authenticator import AccountId

T = TypeVar("T")

THREADS: Final = 4
_THREADS: Final = ThreadPoolExecutor(THREADS, "messages")
_TURNS: "WeakValueDictionary[AccountId, asyncio.Lock]" = WeakValueDictionary()
"""Of accounts that work is done for."""


async def at_bench(account: AccountId, work: Callable[[], T]) -> T:
    """The result of `work`, done in a thread when it is the account's turn. Raises what it raises."""
    turn = _TURNS.get(account)
    if turn is None:
        turn = _TURNS[account] = asyncio.Lock()
    async with turn:
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(_THREADS, context.run, work)
