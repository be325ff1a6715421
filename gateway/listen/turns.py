"""A queue for what costs much at once: a little of it in each turn of the event loop, so that nobody waits for all."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

_A_TURN: Final = 2
"""Steps done in a turn: about a millisecond, where each is a signature by a key of RSA-2048."""
_CHEAP: Final = 100
"""Reads of commands done in a turn: some milliseconds."""
_NEWS: Final = 16
"""Sessions that hear news in a turn: about a millisecond."""


class Turns:
    """First come, first served, of each kind. Used on one event loop alone."""

    __slots__ = ("_cheap", "_dear", "_done", "_news")

    def __init__(self) -> None:
        self._dear = _Queue(_A_TURN)
        self._news = _Queue(_NEWS)
        self._cheap: deque[Callable[[], None]] = deque()
        self._done = 0

    def soon(self, step: Callable[[], None]) -> None:
        """Do it when its turn comes. It must not raise."""
        self._dear.add(step)

    def news(self, step: Callable[[], None]) -> None:
        """Likewise, for what a client has not asked for: of one message a thousand sessions may hear, and commands do
        not wait behind them."""
        self._news.add(step)

    def spare(self, step: Callable[[], None]) -> bool:
        """Whether something cheap may be done at once. If not, `step` is called for it in a later turn of the loop."""
        if not self._done:
            asyncio.get_running_loop().call_soon(self._renew)
        self._done += 1
        if self._done <= _CHEAP:
            return True
        self._cheap.append(step)
        return False

    def _renew(self) -> None:
        """A turn has passed."""
        self._done = min(_CHEAP, len(self._cheap))
        for _ in range(self._done):
            self._cheap.popleft()()
        if self._done:
            asyncio.get_running_loop().call_soon(self._renew)


class _Queue:
    """Steps, so many in a turn."""

    __slots__ = ("_a_turn", "_waiting")

    def __init__(self, a_turn: int) -> None:
        self._a_turn = a_turn
        self._waiting: deque[Callable[[], None]] = deque()

    def add(self, step: Callable[[], None]) -> None:
        """It must not raise."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._take)
        self._waiting.append(step)

    def _take(self) -> None:
        for _ in range(min(self._a_turn, len(self._waiting))):
            self._waiting.popleft()()
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._take)
