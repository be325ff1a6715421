"""What goes to the client: in pieces, and no faster than it reads."""

import asyncio
from typing import Final

import pytest

from gateway.imap.output import Output

LARGE: Final = bytes(range(256)) * 4 * 1024


def still() -> float:
    """A clock."""
    return 0.0


async def test_what_is_large_is_sent_in_pieces() -> None:
    sent: list[bytes] = []
    output = Output(sent.append, lambda: None, still)
    output.write(b"* 1 FETCH ")
    output.write(LARGE)
    await output.breathe()
    assert b"".join(sent) == b"* 1 FETCH " + LARGE
    assert max(map(len, sent)) <= 64 * 1024


async def test_between_pieces_others_have_their_turn() -> None:
    turns, now = 0, 0.0

    def clock() -> float:
        nonlocal now
        now += 0.003
        return now

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    output = Output(lambda _data: None, lambda: None, clock)
    other = asyncio.create_task(others())
    output.write(LARGE)
    await output.breathe()
    other.cancel()
    assert turns >= 4


async def test_no_more_is_sent_to_a_client_that_does_not_read() -> None:
    sent: list[bytes] = []
    clear: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    output = Output(sent.append, lambda: None if clear.done() else clear, still)
    output.write(LARGE)
    writing = asyncio.create_task(output.breathe())
    await asyncio.sleep(0)
    assert len(sent) == 1
    clear.set_result(None)
    await writing
    assert b"".join(sent) == LARGE


async def test_a_client_that_goes_in_the_middle_ends_it() -> None:
    now = 0.0

    def send(_data: bytes) -> None:
        nonlocal now
        now += 1.0
        output.gone = True

    output = Output(send, lambda: None, lambda: now)
    output.write(LARGE)
    with pytest.raises(ConnectionResetError):
        await output.breathe()


async def test_a_turn_is_short_for_a_command_waits_for_several_of_each_busy_session() -> None:
    now, turns = 0.0, 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    output = Output(lambda _data: None, lambda: None, lambda: now)
    other = asyncio.create_task(others())
    await asyncio.sleep(0)
    for _ in range(100):
        now += 0.0011
        await output.breathe()
    other.cancel()
    assert turns >= 100
