"""Lanes that are fed and emptied: nothing is lost, nothing starves, and what stops stops in order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.cli.sink.server import SinkServer
from gateway.mail.message import State
from gateway.mail.units import Timestamp
from gateway.relay.dispatch import Dispatcher
from gateway.relay.intake import Intake
from gateway.telemetry.logs import get_logger
from tests.support.relay_world import ASCII, World, relays, world

A = "a@legacy.example"
RATED = """\
relays: {{legacy: {{hosts: ["127.0.0.1:{0}"], tls: none, limits: {{rate: 1/h}}}}}}
routes: [{{name: all, deliver: {{relay: legacy}}}}]
"""


@asynccontextmanager
async def dispatching(relay: World) -> AsyncIterator[Dispatcher]:
    """A dispatcher over the world's queue, and an intake that hands over to it."""
    dispatcher = Dispatcher(relay.carrier, get_logger("test"), lambda: relay.now, lambda: 0.5, workers=1)
    relay.intake = Intake(relay.carrier.setup, relay.queue, dispatcher, relay.tools)
    dispatcher.add(relay.queue)
    task = asyncio.create_task(dispatcher.run())
    try:
        yield dispatcher
    finally:
        await dispatcher.drain(0.0)
        task.cancel()


async def test_fresh_mail_and_mail_that_waited_both_arrive(tmp_path: Path) -> None:
    async with SinkServer() as sink, world(tmp_path, relays(legacy=[sink])) as relay:
        await relay.offer(A, octets=ASCII)
        async with dispatching(relay):
            await relay.offer(A, octets=ASCII)
            await sink.wait_for(2)


async def test_a_stop_does_not_wait_for_a_rate(tmp_path: Path) -> None:
    """The second message may go in an hour: it stays in the queue, and its lease ends with the shard's owner."""
    async with SinkServer() as sink, world(tmp_path, RATED.format(sink.port)) as relay:
        async with dispatching(relay) as dispatcher:
            await relay.offer(A, octets=ASCII)
            await relay.offer(A, octets=ASCII)
            await sink.wait_for(1)
            await dispatcher.drain(600.0)
        await relay.queue.close()
        [left] = relay.entries()
        assert left.delivery.state is State.QUEUED
        assert len(sink.messages) == 1


async def test_a_lease_outlives_the_wait_for_a_rate(tmp_path: Path) -> None:
    async with (
        SinkServer() as sink,
        world(tmp_path, RATED.format(sink.port)) as relay,
        dispatching(relay) as dispatcher,
    ):
        await relay.offer(A, octets=ASCII)
        await relay.offer(A, octets=ASCII)
        await sink.wait_for(1)
        for _ in range(20):
            relay.now = Timestamp(relay.now + 300)
            dispatcher.keep_leases(relay.now)
            await relay.queue.refresh(relay.now)
            assert relay.queue.ripe(relay.now) == ()
