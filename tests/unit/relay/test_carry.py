"""A job from claim to commit: what breaks off, what an operator holds, what goes another way than before."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.app.build import setup_of
from gateway.cli.sink.server import PLAIN, SinkServer
from gateway.mail.message import State
from gateway.mail.units import Timestamp
from gateway.queue.stored import stored_shards
from gateway.relay.lane import Job
from gateway.settings.load import load_octets
from gateway.settings.secrets import Surroundings
from tests.contract.queue_support import TROUBLE
from tests.support.relay_world import ASCII, HEAD, World, relays, world

A, B = "a@legacy.example", "b@other.example"
BUSY = replace(PLAIN, replies={"RCPT": "450 4.2.0 busy"})
TO_BOTH = """\
relays:
  legacy: {{hosts: ["127.0.0.1:{0}"], tls: none}}
routes:
  - {{name: all, deliver: {{relay: legacy}}}}
"""


def reload(relay: World, text: str) -> None:
    config = load_octets((HEAD + text).encode(), "f", Surroundings(relay.folder, {})).config
    relay.carrier.setup = relay.intake.setup = setup_of(config)


async def test_what_arrived_before_we_stopped_is_written_down(tmp_path: Path) -> None:
    """Two ways for one job after a reload: one has delivered when the other is broken off."""
    connected = asyncio.Event()
    ends: list[asyncio.StreamWriter] = []

    def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends.append(writer)
        connected.set()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = int(silent.sockets[0].getsockname()[1])
    async with silent, SinkServer() as quick, world(tmp_path, TO_BOTH.format(quick.port)) as relay:
        await relay.offer(A, B, octets=ASCII)
        reload(relay, relays(legacy=[quick], other=[port]))
        [claimed] = await relay.queue.claim("relay:legacy", relay.now, 10)
        task = asyncio.create_task(relay.carrier.attempt(Job(relay.queue, claimed)))
        await connected.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert relay.finished() == {A: "delivered"}
        assert list(relay.open()) == [B]
        for end in ends:
            end.close()


async def test_the_trouble_of_another_hop_is_not_that_of_the_jobs_own(tmp_path: Path) -> None:
    async with SinkServer() as quick, world(tmp_path, TO_BOTH.format(quick.port)) as relay:
        await relay.offer(B, octets=ASCII)
        reload(relay, relays(legacy=[quick], other=[9]))
        assert await relay.attempt("relay:legacy") == [None]
        assert relay.open()[B].delivery.hop_key == "relay:other"
        relay.now = Timestamp(relay.now + 3600)
        [trouble] = await relay.attempt("relay:other")
        assert trouble is not None


async def test_released_mail_is_not_held_again(tmp_path: Path) -> None:
    async with SinkServer(BUSY) as sink:
        text = relays(legacy=[sink]).replace("routes:\n", "routes:\n  - {name: look, deliver: hold}\n")
        async with world(tmp_path, text) as relay:
            await relay.offer(A, octets=ASCII)
            [entry] = relay.open().values()
            assert entry.delivery.state is State.HELD
            with stored_shards(tmp_path) as (shard,):
                shard.release([entry.delivery.id], relay.now)
            for _ in range(3):
                await relay.queue.refresh(relay.now)
                await relay.attempt()
                assert relay.open()[A].delivery.state is State.DEFERRED
                relay.now = Timestamp(relay.now + 3600)
            await relay.queue.refresh(relay.now)
            [claimed] = await relay.queue.claim("relay:legacy", relay.now, 10)
            await relay.carrier.postpone(Job(relay.queue, claimed), TROUBLE)
            assert relay.open()[A].delivery.state is State.DEFERRED


async def test_a_lost_body_defers_and_never_ends_in_silence(tmp_path: Path) -> None:
    """A fault of ours: the message's file is gone."""
    async with SinkServer() as sink, world(tmp_path, relays(legacy=[sink])) as relay:
        draft_octets = ASCII + b"x" * 70_000
        await relay.offer(A, octets=ASCII)
        [claimed] = await relay.queue.claim("relay:legacy", relay.now, 10)
        spool = relay.queue.spool()
        await spool.write(draft_octets)
        body = await spool.finish()
        body.discard()
        assert await relay.carrier.attempt(Job(relay.queue, replace(claimed, octets=body))) is None
        waiting = relay.open()[A].delivery
        assert waiting.state is State.DEFERRED
        assert "internal error" in waiting.last_reply


async def test_what_waits_until_it_expires_fails_with_one_report(tmp_path: Path) -> None:
    async with SinkServer(BUSY) as sink, world(tmp_path, relays(legacy=[sink])) as relay:
        await relay.offer(A, octets=ASCII)
        for _ in range(200):
            await relay.attempt("relay:legacy")
            if A in relay.finished():
                break
            relay.now = relay.queue.next_due() or relay.now
        assert relay.finished() == {A: "failed"}
        texts = relay.report_texts()
        assert sum(b"Action: failed" in text for text in texts) == 1
        assert sum(b"Action: delayed" in text for text in texts) == 1


async def test_nobody_is_told_of_a_null_senders_mail(tmp_path: Path) -> None:
    refusing = replace(PLAIN, replies={"RCPT": "550 5.1.1 nobody"})
    async with SinkServer(refusing) as sink, world(tmp_path, relays(legacy=[sink])) as relay:
        await relay.offer(A, octets=ASCII, sender=None)
        await relay.attempt()
        assert relay.finished() == {A: "failed"}
        assert relay.open() == {}


async def test_a_report_that_no_hop_takes_for_its_utf8_address_goes_to_the_postmaster(tmp_path: Path) -> None:
    refusing = replace(PLAIN.without("SMTPUTF8"), recipients={A: "550 5.1.1 nobody"})
    async with SinkServer(refusing) as sink:
        text = relays(legacy=[sink]) + "reports: {postmaster: ops@home.example}\n"
        async with world(tmp_path, text) as relay:
            await relay.offer(A, octets=ASCII, sender="jörg@legacy.example")
            await relay.attempt()
            await relay.attempt()
            assert list(relay.open()) == ["ops@home.example"]
            [report] = relay.report_texts()
            assert b"5.6.7" in report
