"""Coroutines that run until they first have to wait."""

import asyncio

import pytest

from gateway.listen.eager import Suspended, start


async def _at_once() -> str:
    return "at once"


def test_what_never_waits_needs_no_task() -> None:
    assert start(_at_once()) == "at once"


async def _begun(first: "asyncio.Future[str]", second: "asyncio.Future[str]", log: list[str]) -> str:
    for each in (first, second):
        try:
            log.append(await each)
        except KeyError as error:
            log.append(f"caught {error}")
        finally:
            log.append("done")
    return " ".join(log)


@pytest.mark.parametrize("first_fails", [False, True])
@pytest.mark.parametrize("second_fails", [False, True])
async def test_exceptions_reach_what_waits(first_fails: bool, second_fails: bool) -> None:
    loop = asyncio.get_running_loop()
    futures = [loop.create_future(), loop.create_future()]
    work = start(_begun(futures[0], futures[1], []))
    assert isinstance(work, Suspended)
    for future, fails in zip(futures, (first_fails, second_fails), strict=True):
        if fails:
            loop.call_soon(future.set_exception, KeyError("k"))
        else:
            loop.call_soon(future.set_result, "fine")
    words = ["caught 'k' done" if fails else "fine done" for fails in (first_fails, second_fails)]
    assert await work == " ".join(words)


async def _gives_up(future: "asyncio.Future[str]") -> str:
    try:
        return await future
    except KeyError:
        return "gave up"


async def test_the_result_after_a_caught_exception() -> None:
    future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    work = start(_gives_up(future))
    assert isinstance(work, Suspended)
    asyncio.get_running_loop().call_soon(future.set_exception, KeyError("k"))
    assert await work == "gave up"


async def test_a_cancelled_task_cancels_what_it_waits_for() -> None:
    log: list[str] = []
    loop = asyncio.get_running_loop()
    futures = [loop.create_future(), loop.create_future()]
    work = start(_begun(futures[0], futures[1], log))
    assert isinstance(work, Suspended)

    async def awaits(suspended: "Suspended[str]") -> str:
        return await suspended

    task = loop.create_task(awaits(work))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert log == ["done"]
