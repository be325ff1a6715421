"""Runs a coroutine until it first has to wait. Most never have to: then no task is made, and its result is here.

That first part runs outside of any task: what in it needs one (`asyncio.timeout`) belongs into a task of its own.
"""

from collections.abc import Coroutine, Generator
from typing import Generic, TypeVar

T = TypeVar("T")


class Suspended(Generic[T]):
    """A coroutine that has begun and now waits. Awaited once, in a task, it goes on to its result."""

    __slots__ = ("_awaited", "_coroutine")

    def __init__(self, coroutine: Coroutine[object, object, T], awaited: object) -> None:
        self._coroutine = coroutine
        self._awaited = awaited

    def __await__(self) -> Generator[object, object, T]:
        """What was awaited is handed to the task as if the coroutine had only now asked for it."""
        try:
            yield self._awaited
        except BaseException:
            self._coroutine.close()
            raise
        return (yield from self._coroutine.__await__())


def start(coroutine: Coroutine[object, object, T]) -> T | Suspended[T]:
    """The result, or the coroutine with what it waits for."""
    try:
        awaited = coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    return Suspended(coroutine, awaited)
