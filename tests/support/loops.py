"""The gateway runs on uvloop; where that is not to be had, on asyncio's own loop."""

import asyncio
import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop


def on_both_loops(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Runs an asynchronous test once on each."""

    @functools.wraps(test)
    def run(loop_factory: Callable[[], asyncio.AbstractEventLoop], **arguments: Any) -> None:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(test(**arguments))

    own = inspect.signature(test)
    parameter = inspect.Parameter("loop_factory", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    vars(run)["__signature__"] = own.replace(parameters=[parameter, *own.parameters.values()])
    loops = [uvloop.new_event_loop, asyncio.new_event_loop]
    both: Callable[..., None] = pytest.mark.parametrize("loop_factory", loops, ids=["uvloop", "asyncio"])(run)
    return both
