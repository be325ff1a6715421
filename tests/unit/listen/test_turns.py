"""Handshakes take turns, and nobody waits long for a thousand of them."""

import asyncio
import contextlib
import itertools
import ssl
from functools import partial

import pytest

from gateway.listen.config import ListenerTls
from gateway.listen.turns import Turns
from gateway.receive.config import Limits
from tests.support.loops import on_both_loops
from tests.support.receiver import Receiver, client_context, listener, receiver, server_context, surroundings


@on_both_loops
async def test_costly_steps_come_in_order_and_few_at_a_time() -> None:
    turns, done = Turns(), list[int]()
    for number in range(10):
        turns.soon(partial(done.append, number))
    seen: list[int] = []
    while len(done) < 10:
        seen.append(len(done))
        await asyncio.sleep(0)
    assert done == list(range(10))
    assert all(after - before <= 2 for before, after in itertools.pairwise(seen))


@on_both_loops
async def test_what_is_cheap_is_done_at_once_until_it_is_too_much() -> None:
    turns, late = Turns(), list[int]()
    at_once = [turns.spare(partial(late.append, number)) for number in range(350)]
    assert at_once == [True] * 100 + [False] * 250
    passed = 0
    while len(late) < 250:
        await asyncio.sleep(0)
        passed += 1
    assert late == list(range(100, 350))
    assert passed >= 3
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert turns.spare(late.clear)


@on_both_loops
async def test_commands_do_not_wait_behind_news() -> None:
    turns, told = Turns(), list[int]()
    for number in range(1000):
        turns.news(partial(told.append, number))
    passed = 0
    while len(told) < 1000:
        before = len(told)
        await asyncio.sleep(0)
        assert len(told) - before <= 16
        assert turns.spare(told.clear)
        passed += 1
    assert told == list(range(1000))
    assert passed >= 1000 / 16


async def empty(server: Receiver) -> None:
    """Wait until nobody is connected."""
    while server.server.connections:
        server.notes.news.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(server.notes.news.wait(), 0.05)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("implicit", [True, False])
def test_many_at_once(version: ssl.TLSVersion, implicit: bool) -> None:
    asyncio.run(many_at_once(version, implicit=implicit))


async def many_at_once(version: ssl.TLSVersion, *, implicit: bool) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    tls = ListenerTls.IMPLICIT if implicit else ListenerTls.STARTTLS
    async with receiver(listener(tls=tls), Limits(), around=surroundings(server_context())) as server:

        async def one() -> bytes:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=context if implicit else None)
            assert (await reader.readline()).startswith(b"220")
            if not implicit:
                writer.write(b"STARTTLS\r\n")
                assert (await reader.readline()).startswith(b"220")
                await writer.start_tls(context)
            writer.write(b"NOOP\r\n")
            answer = await reader.readline()
            writer.close()
            return answer

        assert set(await asyncio.gather(*(one() for _ in range(80)))) == {b"250 2.0.0 Done\r\n"}


@on_both_loops
async def test_who_leaves_before_its_turn_is_forgotten() -> None:
    around = surroundings(server_context())
    async with receiver(listener(tls=ListenerTls.IMPLICIT), Limits(), around=around) as server:
        for _ in range(30):
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(b"\x16\x03\x01")
            writer.transport.abort()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=client_context())
        assert (await reader.readline()).startswith(b"220")
        writer.close()
        await empty(server)


@on_both_loops
async def test_a_handshake_in_pieces() -> None:
    """Each octet in a segment of its own, and no end of them: the gate hands them on in order."""
    around = surroundings(server_context())
    async with receiver(listener(tls=ListenerTls.IMPLICIT), Limits(), around=around) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = client_context().wrap_bio(incoming, outgoing)
        shaken = False
        while not shaken:
            try:
                tls.do_handshake()
                shaken = True
            except ssl.SSLWantReadError:
                for octet in outgoing.read():
                    writer.write(bytes([octet]))
                    await asyncio.sleep(0)
                incoming.write(await reader.read(100_000))
        writer.write(outgoing.read())
        greeting = b""
        while not greeting:
            incoming.write(await reader.read(100_000))
            try:
                greeting = tls.read(100)
            except ssl.SSLWantReadError:
                continue
        assert greeting.startswith(b"220")
        writer.close()


@on_both_loops
async def test_garbage_instead_of_a_handshake() -> None:
    around = surroundings(server_context())
    async with receiver(listener(tls=ListenerTls.IMPLICIT), Limits(), around=around) as server:
        for octets in (b"EHLO x\r\n" * 30_000, b"\x16\x03\x01\xff\xff" + bytes(200_000), b"\0"):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(octets)
            writer.write_eof()
            with contextlib.suppress(ConnectionError):
                await reader.read()
            writer.close()
        await empty(server)
        assert {event for event in server.notes.events if event.startswith("tls")} == {"tls failed"}
