"""What the transcripts cannot say: TLS gone wrong, back-pressure, large messages, shutting down."""

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable
from typing import TypeVar

import pytest

from gateway.listen.config import ListenerProtocol, ListenerTls
from gateway.mail.units import OctetCount, Seconds
from gateway.receive.config import Limits
from gateway.receive.service import Service
from tests.support.fake_acceptor import FakeAcceptor
from tests.support.loops import on_both_loops
from tests.support.receiver import (
    Receiver,
    client_context,
    listener,
    receiver,
    server_context,
    surroundings,
)

ENVELOPE = b"HELO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n"
T = TypeVar("T")
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connect(server: Receiver, greeted: bytes = b"") -> Stream:
    """A connection that has got as far as `greeted` takes it, its replies read."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(greeted)
    for _ in range(1 + greeted.count(b"\r\n")):
        await reader.readline()
    return reader, writer


def reset(writer: asyncio.StreamWriter) -> None:
    """Break the connection rather than close it."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def ended(reader: asyncio.StreamReader) -> bool:
    """Whether the server closes or breaks the connection without another word."""
    try:
        return await reader.read() == b""
    except ConnectionError:
        return True


async def settled(server: Receiver, event: str) -> None:
    """Until the server has seen `event`."""
    async with asyncio.timeout(10):
        await server.notes.until(event)


@on_both_loops
async def test_the_origin_says_how_the_client_came() -> None:
    async with receiver(around=surroundings(server_context())) as server:
        reader, writer = await connect(server)
        writer.write(b"STARTTLS\r\n")
        await reader.readline()
        await writer.start_tls(client_context())
        writer.write(
            b"EHLO [192.0.2.1]\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nx\r\n.\r\nQUIT\r\n"
        )
        await reader.read()
        [taken] = server.acceptor.taken
        origin = taken.origin
        assert (origin.listener, origin.ip, origin.helo) == ("test", "127.0.0.1", "[192.0.2.1]")
        assert origin.extended
        assert origin.trusted
        assert origin.tls is not None
        assert origin.tls.version == "TLSv1.3"
        assert origin.tls.cipher.startswith("TLS_")
        assert server.notes.codes[0] == 220
        assert "tls: TLSv1.3" in server.notes.events
        writer.close()


@pytest.mark.parametrize("tls", [ListenerTls.STARTTLS, ListenerTls.IMPLICIT])
@on_both_loops
async def test_a_failed_handshake_ends_the_connection(tls: ListenerTls) -> None:
    async with receiver(listener(tls=tls), around=surroundings(server_context())) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        if tls is ListenerTls.STARTTLS:
            await reader.readline()
            writer.write(b"STARTTLS\r\n")
            await reader.readline()
        writer.write(b"this is no handshake, whatever else it may be\r\n" * 3)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readuntil(b"250 ")
        writer.close()
        await settled(server, "disconnected")
        assert "tls failed" in server.notes.events
        assert server.server.connections == 0


@on_both_loops
async def test_plaintext_behind_starttls_is_never_a_command() -> None:
    async with receiver(around=surroundings(server_context())) as server:
        reader, writer = await connect(server)
        writer.write(b"STARTTLS\r\n" + ENVELOPE)
        assert (await reader.readline()).startswith(b"220 ")
        await writer.start_tls(client_context())
        writer.write(b"NOOP\r\n")
        assert await reader.readline() == b"250 2.0.0 Done\r\n"
        assert server.acceptor.drafts == 0
        writer.close()


async def step(action: Callable[[], T], incoming: ssl.MemoryBIO, reader: asyncio.StreamReader) -> T:
    """One step of TLS by hand: repeated with what the server sends, until it has enough."""
    while True:
        try:
            return action()
        except ssl.SSLWantReadError:
            data = await reader.read(65536)
            assert data, "closed by the server"
            incoming.write(data)


@pytest.mark.parametrize("together", [True, False])
@on_both_loops
async def test_proxy_header_before_implicit_tls(together: bool) -> None:
    """A proxy may send its header and the client's hello in one segment."""
    which = listener(ListenerProtocol.SUBMISSION, ListenerTls.IMPLICIT, proxy_protocol=True)
    async with receiver(which, around=surroundings(server_context())) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = client_context().wrap_bio(incoming, outgoing)
        with pytest.raises(ssl.SSLWantReadError):
            tls.do_handshake()
        hello = outgoing.read()
        header = b"PROXY TCP4 127.0.0.9 127.0.0.1 40000 465\r\n"
        if together:
            writer.write(header + hello)
        else:
            writer.write(header)
            await settled(server, "connected")
            writer.write(hello)
        await step(tls.do_handshake, incoming, reader)
        tls.write(ENVELOPE + b"DATA\r\nx\r\n.\r\nQUIT\r\n")
        writer.write(outgoing.read())
        replies = b""
        while b"221" not in replies:
            replies += await step(lambda: tls.read(65536), incoming, reader)
        assert server.acceptor.taken[0].origin.ip == "127.0.0.9"
        writer.close()


@pytest.mark.parametrize("ending", [b"DATA\r\n%s.\r\n", b"BDAT 8400000 LAST\r\n%s"])
@on_both_loops
async def test_a_large_message_is_spooled_while_it_arrives(ending: bytes) -> None:
    content = (b"x" * 82 + b"\r\n") * 100_000
    async with receiver() as server:
        reader, writer = await connect(server, ENVELOPE)
        writer.write(ending % content + b"QUIT\r\n")
        replies = await reader.read()
        assert replies.endswith(b"250 2.6.0 queued as 00000000000000\r\n221 2.0.0 Bye\r\n")
        [taken] = server.acceptor.taken
        assert taken.spooled
        assert taken.content == content
        assert max(len(part) for part in server.acceptor.spools[0].parts) < 1_000_000
        writer.close()


@pytest.mark.parametrize(("size", "spooled"), [(64 * 1024, False), (64 * 1024 + 1, True)])
@on_both_loops
async def test_where_spooling_begins(size: int, spooled: bool) -> None:
    async with receiver() as server:
        reader, writer = await connect(server, ENVELOPE)
        writer.write(b"BDAT %d LAST\r\n%sQUIT\r\n" % (size, b"x" * size))
        await reader.read()
        assert (len(server.acceptor.taken[0].content), server.acceptor.taken[0].spooled) == (size, spooled)
        writer.close()


@on_both_loops
async def test_a_full_disk_is_said_and_survived() -> None:
    async with receiver(acceptor=FakeAcceptor(disk=300_000)) as server:
        reader, writer = await connect(server, ENVELOPE)
        writer.write(b"DATA\r\n" + b"x" * 1_000_000 + b"\r\n.\r\n" + ENVELOPE + b"DATA\r\nx\r\n.\r\nQUIT\r\n")
        replies = (await reader.read()).splitlines()
        assert replies[1] == b"452 4.3.1 Cannot store the message now; try again later"
        assert replies[-2] == b"250 2.6.0 queued as 00000000000000"
        assert server.acceptor.spools[0].discarded
        writer.close()


@on_both_loops
async def test_a_large_message_that_breaks_off_leaves_no_file() -> None:
    async with receiver() as server:
        _, writer = await connect(server, ENVELOPE)
        writer.write(b"DATA\r\n" + b"x" * 1_000_000)
        await writer.drain()
        writer.close()
        await settled(server, "disconnected")
        await asyncio.sleep(0.05)
        assert [spool.discarded for spool in server.acceptor.spools] == [True]


@on_both_loops
async def test_a_message_that_is_with_the_relay_survives_its_client() -> None:
    async with receiver() as server:
        server.acceptor.gate = asyncio.Event()
        _, writer = await connect(server, ENVELOPE)
        writer.write(b"DATA\r\nx\r\n.\r\n")
        await settled(server, "received")
        reset(writer)
        await settled(server, "disconnected")
        server.acceptor.gate.set()
        await asyncio.sleep(0.02)
        assert len(server.acceptor.taken) == 1


@on_both_loops
async def test_a_client_that_reads_nothing_is_not_answered_without_end() -> None:
    limits = Limits(errors=10**9, junk_commands=10**9, command_idle=Seconds(0.3))
    async with receiver(limits=limits) as server:
        client = socket.create_connection(("127.0.0.1", server.port))
        client.setblocking(False)
        loop = asyncio.get_running_loop()
        with pytest.raises((TimeoutError, ConnectionError)):
            await asyncio.wait_for(loop.sock_sendall(client, b"HELP\r\n" * 4_000_000), 5)
        await settled(server, "timed out: command")
        assert len(server.notes.codes) < 200_000
        client.close()


@on_both_loops
async def test_octets_wait_while_something_is_awaited() -> None:
    """Order is kept, memory is bounded: the client is made to wait."""
    async with receiver() as server:
        server.acceptor.gate = asyncio.Event()
        reader, writer = await connect(server, ENVELOPE)
        writer.write(b"DATA\r\nx\r\n.\r\n")
        await reader.readline()
        await settled(server, "received")
        writer.write(ENVELOPE + b"BDAT 20000000 LAST\r\n" + b"x" * 20_000_000 + b"QUIT\r\n")
        await asyncio.sleep(0.05)
        assert writer.transport.get_write_buffer_size() > 1_000_000
        server.acceptor.gate.set()
        codes = [line[:3] for line in (await reader.read()).splitlines()]
        assert codes == [b"250", b"250", b"250", b"250", b"250", b"221"]
        assert [len(taken.content) for taken in server.acceptor.taken] == [3, 20_000_000]
        writer.close()


@on_both_loops
async def test_many_pipelined_commands_leave_turns_to_others() -> None:
    async with receiver(limits=Limits(recipients=5000)) as server:
        reader, writer = await connect(server, ENVELOPE)
        writer.write(b"RCPT TO:<c@d.example>\r\n" * 3000 + b"QUIT\r\n")
        other_reader, other = await connect(server)
        other.write(b"QUIT\r\n")
        assert await other_reader.readline() == b"221 2.0.0 Bye\r\n"
        lines = (await reader.read()).splitlines()
        assert len(lines) == 3001
        assert lines[-1] == b"221 2.0.0 Bye"
        writer.close()
        other.close()


@on_both_loops
async def test_shutting_down_takes_the_message_in_flight_and_sends_the_idle_away() -> None:
    async with receiver() as server:
        idle, idle_writer = await connect(server)
        busy, writer = await connect(server, ENVELOPE + b"DATA\r\n")
        closing = asyncio.create_task(server.server.close())
        assert await idle.readline() == b"421 4.3.2 Shutting down; try again in a moment\r\n"
        assert await idle.read() == b""
        with pytest.raises(ConnectionError):
            await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"x\r\n.\r\nMAIL FROM:<next@b.example>\r\n")
        assert await busy.readline() == b"250 2.6.0 queued as 00000000000000\r\n"
        assert await busy.readline() == b"421 4.3.2 Shutting down; try again in a moment\r\n"
        await closing
        assert len(server.acceptor.taken) == 1
        idle_writer.close()
        writer.close()


@on_both_loops
async def test_shutting_down_has_an_end() -> None:
    async with receiver(limits=Limits(shutdown=Seconds(0.05))) as server:
        reader, writer = await connect(server, ENVELOPE + b"DATA\r\n")
        await server.server.close()
        assert await ended(reader)
        assert server.acceptor.taken == []
        writer.close()


@on_both_loops
async def test_a_reset_is_no_news() -> None:
    async with receiver() as server:
        _, writer = await connect(server, ENVELOPE)
        reset(writer)
        await settled(server, "disconnected")
        assert server.server.connections == 0


@on_both_loops
async def test_a_handshake_that_never_comes_is_cut_off() -> None:
    which = listener(tls=ListenerTls.IMPLICIT)
    limits = Limits(handshake=Seconds(0.1), command_idle=Seconds(0.1))
    async with receiver(which, limits, around=surroundings(server_context())) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        assert await ended(reader)
        await settled(server, "disconnected")
        writer.close()


@on_both_loops
async def test_a_reload_is_for_later_connections() -> None:
    async with receiver() as server:
        old_reader, old = await connect(server)
        small = Limits(message_size=OctetCount(5))
        server.server.service = Service(listener(), small, server.acceptor, surroundings(observer=server.notes))
        new_reader, new = await connect(server)
        for writer in (old, new):
            writer.write(b"HELO x\r\nEHLO x\r\nQUIT\r\n")
        assert b"SIZE 52428800" in await old_reader.read()
        assert b"SIZE 5\r\n" in await new_reader.read()
        old.close()
        new.close()
