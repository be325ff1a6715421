"""What transcripts of IMAP cannot say: TLS gone wrong, who may connect, slow and vanished clients, ends of sessions."""

import asyncio
import socket
import struct
import zlib
from pathlib import Path
from typing import Any, cast

import pytest

from gateway.auth.authenticator import Service
from gateway.imap.connection import Connection
from gateway.store.embedded.feed import EmbeddedFeed
from gateway.store.embedded.mailboxes.embedded import EmbeddedMailboxes
from gateway.store.model import MailboxId, ModSeq, Uid
from tests.support.fake_authenticator import FakeAccount, FakePassword
from tests.support.imap_client import ImapClient
from tests.support.imap_world import ImapWorld, imap_world
from tests.support.loops import on_both_loops
from tests.support.receiver import client_context

WITHIN = 20.0


class Raw:
    """Octets, as they are."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def line(self) -> bytes:
        return await asyncio.wait_for(self.reader.readline(), WITHIN)

    async def until(self, start: bytes) -> bytes:
        """Up to a line that begins so; raises AssertionError at the end."""
        while not (line := await self.line()).startswith(start):
            assert line, f"closed before {start!r}"
        return line

    async def say(self, line: bytes, start: bytes) -> bytes:
        self.writer.write(line + b"\r\n")
        return await self.until(start)

    async def ended(self) -> bool:
        """Whether the server closes or breaks the connection without another word."""
        try:
            return await asyncio.wait_for(self.reader.read(), WITHIN) == b""
        except ConnectionError:
            return True

    def reset(self) -> None:
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


async def raw(world: ImapWorld, login: str = "", **keys: Any) -> Raw:
    """A greeted connection."""
    made = Raw(*await asyncio.open_connection("127.0.0.1", world.port, **keys))
    await made.until(b"* ")
    if login:
        await made.say(f"l LOGIN {login} secret".encode(), b"l OK")
    return made


def idle(world: ImapWorld) -> int:
    """Sessions that are in IDLE, as the observer was told."""
    return world.notes.events.count("idling +1") - world.notes.events.count("idling -1")


async def noted(world: ImapWorld, event: str, count: int = 1) -> None:
    """Until the server has seen `event` so often."""
    async with asyncio.timeout(WITHIN):
        while sum(each.startswith(event) for each in world.notes.events) < count:
            world.notes.news.clear()
            await world.notes.news.wait()


@on_both_loops
async def test_what_is_pipelined_behind_starttls_is_never_a_command(tmp_path: Path) -> None:
    """CVE-2011-0411 was the same in SMTP; CVE-2021-33515 in IMAP."""
    async with imap_world(tmp_path) as world:
        client = await raw(world)
        client.writer.write(b"a STARTTLS\r\nb LOGIN al@home.example secret\r\nc SELECT INBOX\r\n")
        assert await client.line() == b"a OK begin TLS now\r\n"
        await client.writer.start_tls(client_context())
        assert b"STARTTLS" not in await client.say(b"d CAPABILITY", b"* CAPABILITY")
        assert (await client.line()).startswith(b"d OK")
        assert (await client.say(b"e SELECT INBOX", b"e ")).startswith(b"e BAD")
        assert not world.authenticator.attempts
        client.writer.close()


@on_both_loops
async def test_nothing_that_was_said_before_tls_counts(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        client = await raw(world)
        await client.say(b'a ID ("name" "liar")', b"a OK")
        await client.say(b"b STARTTLS", b"b OK")
        await client.writer.start_tls(client_context())
        await client.say(b"c LOGOUT", b"c OK")
        assert await client.ended()
        client.writer.close()
        await noted(world, "ended")
        assert world.notes.sessions[0].program == ""
        assert world.notes.sessions[0].commands == 3


@on_both_loops
async def test_implicit_tls(tmp_path: Path) -> None:
    async with imap_world(tmp_path, listener={"tls": "implicit"}) as world:
        client = await ImapClient.connect(world.port, client_context())
        assert client.greeting is not None
        assert b"STARTTLS" not in client.greeting.octets
        await client.ok("LOGIN al@home.example secret")
        assert world.authenticator.attempts[0].around.tls is not None
        assert world.authenticator.attempts[0].around.service is Service.IMAP
        await client.bad("STARTTLS")
        await client.close()


@on_both_loops
async def test_a_failed_handshake_ends_the_connection(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        client = await raw(world)
        await client.say(b"a STARTTLS", b"a OK")
        client.writer.write(b"b NOOP, and this is no handshake\r\n" * 3)
        with pytest.raises((ConnectionError, AssertionError)):
            await client.until(b"b ")
        client.writer.close()
        await noted(world, "disconnected")
        assert "tls failed" in world.notes.events
        assert world.server.connections == 0


@on_both_loops
async def test_a_proxy_says_who_the_client_is(tmp_path: Path) -> None:
    keys: dict[str, Any] = {"listener": {"proxy_protocol": True}, "trusted_networks": ["127.0.0.1/32"]}
    async with imap_world(tmp_path, **keys) as world:
        reader, writer = await asyncio.open_connection("127.0.0.1", world.port)
        client = Raw(reader, writer)
        writer.write(b"PROXY TCP4 192.0.2.7 127.0.0.1 40000 143\r\n")
        assert b"LOGINDISABLED" in await client.line()
        assert b"[PRIVACYREQUIRED]" in await client.say(b"a LOGIN al@home.example secret", b"a NO")
        assert b"[PRIVACYREQUIRED]" in await client.say(b"b AUTHENTICATE PLAIN", b"b NO")
        await client.say(b"c STARTTLS", b"c OK")
        await writer.start_tls(client_context())
        await client.say(b"d LOGIN al@home.example secret", b"d OK")
        assert world.authenticator.attempts[0].around.client == "192.0.2.7"
        writer.close()


@on_both_loops
async def test_there_is_room_for_so_many(tmp_path: Path) -> None:
    async with imap_world(tmp_path, limits={"connections_per_client": 1}) as world:
        first = await raw(world)
        reader, writer = await asyncio.open_connection("127.0.0.1", world.port)
        assert (await reader.read()).startswith(b"* BYE [UNAVAILABLE] too many connections from your address")
        writer.close()
        first.writer.close()
        await noted(world, "disconnected")
        (await raw(world)).writer.close()


@on_both_loops
async def test_a_client_that_does_not_log_in_is_not_waited_for(tmp_path: Path) -> None:
    async with imap_world(tmp_path, imap={"greeting": 0.2}) as world:
        client = await raw(world)
        assert (await client.line()).startswith(b"* BYE autologout")
        assert await client.ended()
        client.writer.close()
        assert "timed out: log-in" in world.notes.events


@on_both_loops
async def test_a_client_that_says_nothing_is_logged_out(tmp_path: Path) -> None:
    async with imap_world(tmp_path, imap={"idle": 0.2}) as world:
        client = await raw(world)
        client.writer.write(b"l LOGIN al@home.example secret\r\na APPEND INBOX {100+}\r\nSubject")
        await client.until(b"* BYE autologout")
        assert await client.ended()
        client.writer.close()


@on_both_loops
async def test_who_is_in_idle_is_not_logged_out_but_told_that_we_are_there(tmp_path: Path) -> None:
    async with imap_world(tmp_path, imap={"idle": 0.1, "keepalive": 0.3}) as world:
        client = await raw(world)
        client.writer.write(b"l LOGIN al@home.example secret\r\na SELECT INBOX\r\nb IDLE\r\n")
        await client.until(b"+ ")
        assert idle(world) == 1
        assert await client.line() == b"* OK still here\r\n"
        assert await client.line() == b"* OK still here\r\n"
        await client.say(b"DONE", b"b OK")
        assert idle(world) == 0
        client.writer.close()


@on_both_loops
async def test_news_reach_who_is_in_idle_and_hold_no_task(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        tasks = len(asyncio.all_tasks())
        clients = [await raw(world, "al@home.example") for _ in range(5)]
        for client in clients:
            await client.say(b"a SELECT INBOX", b"a OK")
            await client.say(b"b IDLE", b"+ ")
        assert len(asyncio.all_tasks()) == tasks
        await world.deliver(b"Subject: x\r\n\r\nx\r\n")
        for client in clients:
            assert await client.until(b"* 1 EXISTS")
            client.writer.close()


@on_both_loops
async def test_many_in_idle_ask_the_store_once_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    claim, at = EmbeddedMailboxes.claim_recent, EmbeddedFeed.at

    async def counted_claim(self: EmbeddedMailboxes, mailbox: MailboxId) -> Uid:
        asked.append("claim")
        return await claim(self, mailbox)

    async def counted_at(self: EmbeddedFeed) -> ModSeq:
        asked.append("state")
        return await at(self)

    async with imap_world(tmp_path) as world:
        clients = [await raw(world, "al@home.example") for _ in range(20)]
        for client in clients:
            await client.say(b"a SELECT INBOX", b"a OK")
            await client.say(b"b IDLE", b"+ ")
        await world.deliver(b"Subject: x\r\n\r\nx\r\n")
        first = [await client.until(b"* 1 EXISTS") + await client.line() for client in clients]
        monkeypatch.setattr(EmbeddedMailboxes, "claim_recent", counted_claim)
        monkeypatch.setattr(EmbeddedFeed, "at", counted_at)
        await world.deliver(b"Subject: y\r\n\r\ny\r\n")
        second = [await client.until(b"* 2 EXISTS") + await client.line() for client in clients]
        for client in clients:
            client.writer.close()
    assert asked == ["claim"]
    assert sum(told.endswith(b"* 1 RECENT\r\n") for told in first) == 1
    # Nobody else is told of it as recent; who was told of the first keeps that.
    assert sum(int(told.split()[-2]) for told in second) == 2


@pytest.mark.parametrize("word", [b"done", b"DONE"])
@on_both_loops
async def test_idle_ends_with_done(tmp_path: Path, word: bytes) -> None:
    async with imap_world(tmp_path) as world:
        client = await raw(world, "al@home.example")
        client.writer.write(b"a IDLE\r\n" + word + b"\r\nb IDLE\r\nc NOOP\r\nd NOOP\r\n")
        await client.until(b"a OK")
        assert await client.until(b"b ") == b"b BAD [CLIENTBUG] IDLE ends with DONE\r\n"
        await client.until(b"d OK")
        client.writer.close()


@on_both_loops
async def test_a_session_that_is_kicked_is_told_why(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        sessions = world.service.logins.sessions
        for prepare in (b"", b"a IDLE\r\n", b"a APPEND INBOX {100}\r\nSubj", b"a SELECT INBOX\r\n"):
            client = await raw(world, "al@home.example")
            client.writer.write(prepare)
            if prepare:
                await client.until(b"+ " if b"SELECT" not in prepare else b"a OK")
            [one] = sessions.all()
            assert (one.service, one.client, one.mechanism) == (Service.IMAP, "127.0.0.1", "LOGIN")
            sessions.kick(one.id, "go\r\naway")
            assert await client.until(b"* BYE") == b"* BYE go away\r\n"
            assert await client.ended()
            client.writer.close()
            assert not sessions.all()


@on_both_loops
async def test_stopping_finishes_the_message_that_is_arriving(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        idle = await raw(world, "al@home.example")
        await idle.say(b"a IDLE", b"+ ")
        busy = await raw(world, "al@home.example")
        await busy.say(b"a APPEND INBOX {14}", b"+ ")
        closing = asyncio.create_task(world.server.close())
        assert (await idle.line()).startswith(b"* BYE [UNAVAILABLE] shutting down")
        assert await idle.ended()
        busy.writer.write(b"Subject: x\r\n\r\n\r\n")
        assert (await busy.until(b"a ")).startswith(b"a OK [APPENDUID")
        await busy.until(b"* BYE [UNAVAILABLE]")
        await asyncio.wait_for(closing, WITHIN)
        for client in (idle, busy):
            client.writer.close()


ABRUPT = (
    b"a APPEND INBOX {100}\r\nSubj",
    b"a AUTHENTICATE PLAIN\r\n",
    b"a IDLE\r\n",
    b"a SELECT INBOX\r\nb IDLE\r\n",
    b"a NOOP\r\n" * 1000,
    b"a LOGIN {5",
)


@on_both_loops
async def test_who_vanishes_in_the_middle_leaves_nothing_behind(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        for number, words in enumerate(ABRUPT, 1):
            client = await raw(world, "" if b"AUTH" in words or b"LOGIN" in words else "al@home.example")
            client.writer.write(words)
            await client.writer.drain()
            client.reset()
            await noted(world, "ended", number)
        assert not world.service.logins.sessions.all()
        assert idle(world) == 0
        client = await raw(world, "al@home.example")
        assert (await client.say(b"a STATUS INBOX (MESSAGES)", b"* STATUS")) == b"* STATUS INBOX (MESSAGES 0)\r\n"
        client.writer.close()


@on_both_loops
async def test_a_command_that_was_begun_ends_though_the_client_is_gone(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        client = await raw(world, "al@home.example")
        client.writer.write(b"a APPEND INBOX {14+}\r\nSubject: x\r\n\r\n\r\n")
        await client.writer.drain()
        client.writer.close()
        await noted(world, "ended")
        again = await raw(world, "al@home.example")
        assert await again.say(b"a STATUS INBOX (MESSAGES)", b"* STATUS") == b"* STATUS INBOX (MESSAGES 1)\r\n"
        again.writer.close()


@on_both_loops
async def test_a_half_closed_connection_gets_its_answers(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        client = await raw(world)
        client.writer.write(b"a LOGIN al@home.example secret\r\nb SELECT INBOX\r\nc NOOP\r\n")
        client.writer.write_eof()
        await client.until(b"c OK")
        assert await client.ended()
        client.writer.close()


@on_both_loops
async def test_who_says_no_more_is_not_waited_for_in_the_middle_of_a_log_in(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        client = await raw(world)
        await client.say(b"a AUTHENTICATE PLAIN", b"+ ")
        client.writer.write_eof()
        assert await client.ended()
        client.writer.close()
        await noted(world, "disconnected")


@on_both_loops
async def test_who_begins_anew_has_as_long_to_log_in_as_others(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        client = await raw(world, "al@home.example")
        [connection] = world.server._connections
        assert isinstance(connection, Connection)
        before = connection._patience
        await client.say(b"a UNAUTHENTICATE", b"a OK")
        assert connection._patience is not before
        await client.say(b"b LOGIN bo@home.example secret", b"b OK")
        client.writer.close()


@on_both_loops
async def test_a_session_that_does_not_read_is_kicked_without_a_word(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        client = await raw(world, "al@home.example")
        cast("asyncio.Transport", client.writer.transport).pause_reading()
        pouring = asyncio.create_task(flood(client.writer))
        [one] = world.service.logins.sessions.all()
        await asyncio.sleep(0.2)
        world.service.logins.sessions.kick(one.id, "away")
        with pytest.raises(ConnectionError):
            await pouring
        await noted(world, "disconnected")
        client.writer.close()


async def flood(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"a CAPABILITY\r\n" * 1000)
        await writer.drain()


@on_both_loops
async def test_a_client_that_does_not_read_holds_little(tmp_path: Path) -> None:
    """Its commands stay with it, and it is broken off after a while."""
    async with imap_world(tmp_path, imap={"stalled": 0.5}) as world:
        client = await raw(world, "al@home.example")
        cast("asyncio.Transport", client.writer.transport).pause_reading()
        with pytest.raises(ConnectionError):
            await flood(client.writer)
        await noted(world, "timed out: stalled")
        await noted(world, "disconnected")
        client.writer.close()


@on_both_loops
async def test_many_pipelined_commands_let_others_have_their_turn(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        loop = asyncio.get_running_loop()

        def tick() -> None:
            ticks.append(loop.call_later(0.001, tick))

        ticks: list[asyncio.TimerHandle] = []
        client = await raw(world)
        count = 20_000
        tick()
        client.writer.write(b"a NOOP\r\n" * count)
        for _ in range(count):
            assert await client.line() == b"a OK nothing done\r\n"
        ticks[-1].cancel()
        client.writer.close()
        assert len(ticks) > 10


@on_both_loops
async def test_commands_before_the_log_in_are_small(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        client = await raw(world)
        assert b"[TOOBIG]" in await client.say(b"a LOGIN {60000}", b"a BAD")
        assert b"[TOOBIG]" in await client.say(b"b LOGIN " + b"x" * 60_000 + b" y", b"b BAD")
        await client.say(b"c LOGIN al@home.example secret", b"c OK")
        await client.say(b"d STATUS {60000}", b"+ ")
        client.writer.close()


@on_both_loops
async def test_too_many_commands_that_are_none_are_the_end(tmp_path: Path) -> None:
    async with imap_world(tmp_path, imap={"errors": 3}) as world:
        client = await raw(world)
        client.writer.write(b"a X\r\nb Y\r\nc NOOP\r\n" + b"d Z\r\n" * 3 + b"e NOOP\r\n")
        await client.until(b"c OK")
        await client.until(b"* BYE too many commands that are none")
        assert await client.ended()
        client.writer.close()


@on_both_loops
async def test_a_browser_is_sent_away(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        client = await raw(world)
        client.writer.write(b"POST / HTTP/1.1\r\nHost: x\r\n\r\na LOGIN al@home.example secret\r\n")
        await client.until(b"* BYE this is no web server")
        await client.until(b"POST BAD")
        assert await client.ended()
        assert not world.authenticator.attempts
        client.writer.close()


@on_both_loops
async def test_literals_that_do_not_wait_are_small_where_so_configured(tmp_path: Path) -> None:
    async with imap_world(tmp_path, imap={"literals": "minus"}) as world:
        client = await raw(world)
        assert b" LITERAL- " in await client.say(b"a CAPABILITY", b"* CAPABILITY")
        await client.say(b"b LOGIN {15+}\r\nal@home.example {6+}\r\nsecret", b"b OK")
        answer = await client.say(b"c APPEND INBOX {4097+}\r\n" + b"x" * 4097, b"c ")
        assert answer.startswith(b"c BAD [TOOBIG]")
        await client.say(b"d NOOP", b"d OK")
        client.writer.close()


@on_both_loops
async def test_compression_both_ways_and_its_end(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        client = await ImapClient.connect(world.port)
        await client.ok("LOGIN al@home.example secret")
        await client.no("COMPRESS LZW")
        await client.ok("COMPRESS DEFLATE")
        client.channel.compress()
        assert (await client.no("COMPRESS DEFLATE")).code == "COMPRESSIONACTIVE"
        capability = (await client.ok("CAPABILITY")).named("CAPABILITY")[0]
        assert b"COMPRESS" not in capability.octets
        for _ in range(3):
            await client.ok("NOOP")
        await client.close()


def bomb(octets: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(b"x" * octets) + packer.flush(zlib.Z_SYNC_FLUSH)


@on_both_loops
async def test_a_bomb_is_inflated_piece_by_piece_and_costs_nothing(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        client = await raw(world, "al@home.example")
        await client.say(b"a COMPRESS DEFLATE", b"a OK")
        client.writer.write(bomb(50_000_000))
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        client.writer.write(packer.compress(b"\r\nb NOOP\r\n") + packer.flush(zlib.Z_SYNC_FLUSH))
        reader, said = zlib.decompressobj(-15), b""
        while b"b OK" not in said:
            said += reader.decompress(await asyncio.wait_for(client.reader.read(1000), WITHIN))
        assert b"* BAD [TOOBIG]" in said or b"xxx" not in said
        client.writer.close()


@on_both_loops
async def test_what_is_not_compressed_ends_the_connection(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        client = await raw(world, "al@home.example")
        await client.say(b"a COMPRESS DEFLATE", b"a OK")
        client.writer.write(b"b NOOP\r\n" * 20)
        assert await client.ended()
        client.writer.close()


@on_both_loops
async def test_unauthenticate_begins_anew(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        client = await ImapClient.connect(world.port)
        await client.ok('ID ("name" "admin tool" "version" "1\x0bx")'.replace("\x0b", "."))
        await client.bad("UNAUTHENTICATE")
        await client.ok("LOGIN al@home.example secret")
        await client.ok("ENABLE CONDSTORE")
        await client.ok("SELECT INBOX")
        client.channel.write(b"x UNAUTHENTICATE\r\ny LOGIN bo@home.example secret\r\nz SELECT INBOX\r\n")
        while not (line := (await client.response()).octets).startswith(b"z "):
            assert b"HIGHESTMODSEQ" not in line or b"OK [" in line
        assert line.startswith(b"z OK")
        [one] = world.service.logins.sessions.all()
        assert str(one.address) == "bo@home.example"
        await client.ok("LOGOUT")
        await client.close()
        await noted(world, "ended")
        assert world.notes.sessions[0].program == "admin tool 1.x"
        assert world.notes.sessions[0].account == "bo@home.example"


@on_both_loops
async def test_unauthenticate_ends_compression(tmp_path: Path) -> None:
    """RFC 8437 4: what comes behind it is not compressed, in the same segment or later."""
    async with imap_world(tmp_path) as world:
        client = await raw(world, "al@home.example")
        await client.say(b"a COMPRESS DEFLATE", b"a OK")
        packer, reader = zlib.compressobj(9, zlib.DEFLATED, -15), zlib.decompressobj(-15)
        client.writer.write(packer.compress(b"b UNAUTHENTICATE\r\n") + packer.flush(zlib.Z_FINISH) + b"c NOOP\r\n")
        last = await asyncio.wait_for(client.reader.readuntil(b"\0\0\xff\xff"), WITHIN)
        assert reader.decompress(last) == b"b OK log in again\r\n"
        await client.until(b"c OK")
        await client.say(b"d LOGIN bo@home.example secret", b"d OK")
        client.writer.close()


@on_both_loops
async def test_capabilities_can_be_switched_off(tmp_path: Path) -> None:
    rules = [
        {"account": "al@home.example", "without": ["IDLE", "CONDSTORE"]},
        {"listener": "imap", "without": ["NOTIFY"]},
        {"client": "192.0.2.0/24", "without": ["MOVE"]},
        {"listener": "imap", "client": "192.0.2.0/24", "without": ["SORT"]},
    ]
    async with imap_world(tmp_path, imap={"without": ["COMPRESS=DEFLATE"], "exemptions": rules}) as world:
        clients = {}
        for name in ("al", "bo"):
            clients[name] = client = await ImapClient.connect(world.port)
            await client.ok(f"LOGIN {name}@home.example secret")
        offered = {
            name: (await client.ok("CAPABILITY")).named("CAPABILITY")[0].octets.decode().split()
            for name, client in clients.items()
        }
        assert {"IDLE", "CONDSTORE", "NOTIFY", "COMPRESS=DEFLATE"}.isdisjoint(offered["al"])
        assert {"IDLE", "CONDSTORE", "MOVE", "SORT"} <= set(offered["bo"])
        assert {"NOTIFY", "COMPRESS=DEFLATE"}.isdisjoint(offered["bo"])
        await clients["al"].bad("IDLE")
        await clients["al"].bad("COMPRESS DEFLATE")
        enabled = await clients["al"].ok("ENABLE CONDSTORE IMAP4rev2")
        assert enabled.named("ENABLED")[0].octets == b"* ENABLED IMAP4rev2\r\n"
        for client in clients.values():
            await client.close()


@on_both_loops
async def test_an_app_password_for_another_service_is_refused(tmp_path: Path) -> None:
    account = FakeAccount("al@home.example", (FakePassword("secret", frozenset({Service.SMTP})),))
    async with imap_world(tmp_path, [account]) as world:
        client = await ImapClient.connect(world.port)
        assert (await client.no("LOGIN al@home.example secret")).code == "AUTHORIZATIONFAILED"
        await client.close()


@on_both_loops
async def test_no_response_waits_for_more_to_be_sent_with_it(tmp_path: Path) -> None:
    """Nagle's algorithm holds back what comes in pieces for as long as the client delays its acknowledgements."""
    async with imap_world(tmp_path) as world:
        client = await raw(world)
        [connection] = world.server._connections
        assert connection._wire is not None
        sock = connection._wire.get_extra_info("socket")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        client.writer.close()


@on_both_loops
async def test_the_system_asks_clients_that_are_silent_whether_they_are_there(tmp_path: Path) -> None:
    """Also without IDLE: a router in between forgets nobody who is still there, and we forget those who are not."""
    async with imap_world(tmp_path, imap={"keepalive": "120s"}) as world:
        client = await raw(world)
        [connection] = world.server._connections
        assert connection._wire is not None
        sock = connection._wire.get_extra_info("socket")
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 120
        client.writer.close()
