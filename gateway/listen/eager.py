"""Runs a coroutine until it first has to wait. Most never have to: then no task is made, and its result is here.

That first part runs outside of any task: what in it needs one (`asyncio.timeout`) belongs into a task of its own.
"""

from collections.abc import Coroutine, Generator
from types import TracebackType
from typing import TypeVar

from typing_extensions import override

T = TypeVar("T")


class Suspended(Generator[object, object, T]):
    """A coroutine that has begun and now waits. Awaited once, in a task, it goes on to its result: what it waits for is
    handed to the task as if it had only now asked for it, and whatever comes of that, to the coroutine."""

    __slots__ = ("_awaited", "_coroutine")

    def __init__(self, coroutine: Coroutine[object, object, T], awaited: object) -> None:
        self._coroutine = coroutine
        self._awaited: tuple[object, ...] = (awaited,)

    def __await__(self) -> Generator[object, object, T]:
        """Itself."""
        return self

    @override
    def send(self, value: object) -> object:
        if self._awaited:
            [awaited] = self._awaited
            self._awaited = ()
            return awaited
        return self._coroutine.send(value)

    @override
    def throw(
        self,
        typ: type[BaseException] | BaseException,
        val: BaseException | object = None,
        tb: TracebackType | None = None,
    ) -> object:
        self._awaited = ()
        if isinstance(typ, BaseException):
            return self._coroutine.throw(typ)
        return self._coroutine.throw(val if isinstance(val, BaseException) else typ())

    @override
    def close(self) -> None:
        self._coroutine.close()


def start(coroutine: Coroutine[object, object, T]) -> T | Suspended[T]:
    """The result, or the coroutine with what it waits for."""
    try:
        awaited = coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    return Suspended(coroutine, awaited)
