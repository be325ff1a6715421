"""Handshakes that fail leave nothing behind."""

import asyncio
import gc
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop

from tests.support.imap_world import imap_world


@pytest.fixture
def kept() -> Iterator[list[object]]:
    """What only the collector of garbage finds, while it does not run by itself."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


def test_clients_that_leave_in_a_handshake_cost_no_memory(tmp_path: Path, kept: list[object]) -> None:
    """On the event loop of a worker: asyncio's own makes such cycles by itself."""
    uvloop.run(_left(tmp_path, kept))


async def _left(folder: Path, kept: list[object]) -> None:
    async with imap_world(folder, listener={"tls": "implicit"}) as world:
        for said in (b"", b"\x16\x03\x01", b"a LOGIN al secret\r\n"):
            gc.collect()
            kept.clear()
            _, writer = await asyncio.open_connection("127.0.0.1", world.port)
            await world.notes.until("connected")
            writer.write(said)
            writer.close()
            await world.notes.until("disconnected")
            world.notes.events.clear()
            await asyncio.sleep(0)
            gc.collect()
            assert not [each for each in kept if isinstance(each, ssl.SSLObject | ConnectionError)]
