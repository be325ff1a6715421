"""Waiting for what other processes do: always for a condition, never for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(condition: Callable[[], T], *, within: float = 15.0, what: str = "the condition") -> T:
    """The first true value of `condition`. Raises TimeoutError, which names what was waited for."""
    deadline = time.monotonic() + within
    pause = 0.005
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {within} s for {what}; it is {value!r}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)
    return value
