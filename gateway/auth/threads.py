"""Work that would keep the event loop: few threads, and a bounded line before them."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Busy(Exception):
    """More waits than a client would wait for."""


class BoundedThreads:
    """So many threads, and a line of so many before them. Used on one event loop."""

    def __init__(self, threads: int, line: int, name: str) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._most = threads + line
        self._at_work = 0

    def close(self, *, leave: bool = False) -> None:
        """End the threads. `leave`: what is under way is left alone, what waits is not begun."""
        self._threads.shutdown(wait=not leave, cancel_futures=leave)

    async def run(self, function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
        """Call it in a thread. Raises Busy, and what the function raises."""
        if self._at_work >= self._most:
            raise Busy
        work = self._threads.submit(partial(function, *arguments, **options))
        self._at_work += 1
        work.add_done_callback(partial(self._freed, asyncio.get_running_loop()))
        return await asyncio.wrap_future(work)

    def _freed(self, loop: asyncio.AbstractEventLoop, _: Future[T]) -> None:
        """Counted when the thread is free, not when its client has gone."""
        # What was left alone may end after its loop.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(self._done)

    def _done(self) -> None:
        self._at_work -= 1
