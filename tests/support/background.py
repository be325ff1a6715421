"""An event loop in a thread of its own, so that plain tests can run asynchronous peers."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Self, TypeVar

T = TypeVar("T")


class Background:
    """Runs coroutines in its thread and keeps asynchronous context managers open until it is closed."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._open: list[AbstractAsyncContextManager[object, bool | None]] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for manager in reversed(self._open):
            self.run(manager.__aexit__(None, None, None))
        self.run(self._settle())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def run(self, work: Coroutine[object, object, T], within: float = 30) -> T:
        """The coroutine's result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(within)

    def enter(self, manager: AbstractAsyncContextManager[T, bool | None]) -> T:
        """Enter the manager now; it is left when the background is closed."""
        value = self.run(manager.__aenter__())
        self._open.append(manager)
        return value

    async def _settle(self) -> None:
        """Let what was cancelled end."""
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
