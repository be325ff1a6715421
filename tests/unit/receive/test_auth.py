"""What transcripts cannot say of log-ins: slow ones, live sessions, bindings, and what the relay is told."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from typing_extensions import override

from gateway.auth.authenticator import Circumstances, Denial, Login, Why
from gateway.auth.config import SaslConfig
from gateway.listen.config import Listener, ListenerProtocol, ListenerTls
from gateway.listen.logins import Logins
from gateway.mail.units import Seconds
from gateway.receive.config import Limits
from tests.support.fake_authenticator import FakeAccount, FakeAuthenticator, FakePassword
from tests.support.loops import on_both_loops
from tests.support.receiver import (
    Receiver,
    client_context,
    listener,
    logins,
    receiver,
    server_context,
    surroundings,
)
from tests.support.transcript import scram_client

LIMITS = Limits(command_idle=Seconds(0.05), shutdown=Seconds(2))
END_POINT = b"the hash of our certificate"
PLAIN = b"AUTH PLAIN " + base64.b64encode(b"\0al@home.example\0secret") + b"\r\n"
MESSAGE = b"MAIL FROM:<al@home.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n"


@dataclass(slots=True)
class Slow(FakeAuthenticator):
    """Answers when it is let."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    let: asyncio.Event = field(default_factory=asyncio.Event)

    @override
    async def password(self, name: str, password: str, identity: str, around: Circumstances) -> Login | Denial:
        self.asked.set()
        await self.let.wait()
        return await FakeAuthenticator.password(self, name, password, identity, around)


@dataclass(slots=True)
class Broken(FakeAuthenticator):
    """Raises what nobody expects."""

    @override
    async def password(self, name: str, password: str, identity: str, around: Circumstances) -> Login | Denial:
        raise OSError("as asked")

    @override
    async def failed(self, why: Why, name: str, around: Circumstances) -> Denial:
        raise OSError("as asked")


def al() -> list[FakeAccount]:
    return [FakeAccount("al@home.example", (FakePassword("secret"),))]


@asynccontextmanager
async def submission(known: Logins, tls: ListenerTls = ListenerTls.STARTTLS) -> AsyncIterator[Receiver]:
    around = replace(surroundings(server_context(), (), known=known), end_point=lambda _context: END_POINT)
    async with receiver(listener(ListenerProtocol.SUBMISSION, tls), LIMITS, around=around) as server:
        yield server


class Client:
    """Says something, reads a reply."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, server: Receiver, tls: ssl.SSLContext | None = None) -> "Client":
        client = cls(*await asyncio.open_connection("127.0.0.1", server.port, ssl=tls))
        await client.reply()
        await client.say(b"EHLO x\r\n")
        return client

    async def say(self, octets: bytes) -> str:
        self.writer.write(octets)
        return await self.reply()

    async def reply(self) -> str:
        while (line := (await self.reader.readline()).decode())[3:4] == "-":
            pass
        return line.rstrip()


@on_both_loops
async def test_the_relay_learns_who_logged_in() -> None:
    async with submission(logins(FakeAuthenticator(al()))) as server:
        client = await Client.connect(server)
        await client.say(PLAIN)
        client.writer.write(MESSAGE)
        assert [(await client.reply())[:3] for _ in range(3)] == ["250", "250", "354"]
        assert (await client.say(b"x\r\n.\r\n")).startswith("250")
        origin = server.acceptor.taken[0].origin
        assert (origin.authenticated, origin.account, origin.trusted) == ("al@home.example", 1, True)
        client.writer.close()


@on_both_loops
async def test_a_log_in_stays_when_ehlo_is_said_again() -> None:
    async with submission(logins(FakeAuthenticator(al()))) as server:
        client = await Client.connect(server)
        await client.say(PLAIN)
        await client.say(b"EHLO y\r\n")
        assert (await client.say(b"MAIL FROM:<al@home.example>\r\n")).startswith("250")
        client.writer.close()


@on_both_loops
async def test_live_sessions_come_and_go() -> None:
    known = logins(FakeAuthenticator(al()))
    async with submission(known) as server:
        client = await Client.connect(server)
        assert known.sessions.all() == []
        await client.say(PLAIN)
        (info,) = known.sessions.all()
        assert (str(info.address), info.mechanism, info.client, info.tls) == (
            "al@home.example",
            "PLAIN",
            "127.0.0.1",
            "",
        )
        client.writer.close()
        await asyncio.wait_for(server.notes.until("disconnected"), 5)
        assert known.sessions.all() == []


@on_both_loops
async def test_starttls_ends_the_live_session_and_the_log_in() -> None:
    known = logins(FakeAuthenticator(al()))
    async with submission(known) as server:
        client = await Client.connect(server)
        await client.say(PLAIN)
        assert (await client.say(b"STARTTLS\r\n")).startswith("220")
        await client.writer.start_tls(client_context())
        assert await client.say(b"NOOP\r\n") == "250 2.0.0 Done"
        assert known.sessions.all() == []
        client.writer.close()


@on_both_loops
async def test_a_kicked_session_does_not_finish_its_message_and_learns_why() -> None:
    known = logins(FakeAuthenticator(al()))
    async with submission(known) as server:
        client = await Client.connect(server)
        await client.say(PLAIN)
        await client.say(MESSAGE)
        assert [(await client.reply())[:3] for _ in range(2)] == ["250", "354"]
        name = known.sessions.all()[0].id
        assert known.sessions.kick(name, "the account\r\nis disabled")
        assert known.sessions.kick(name, "once more")
        assert await client.reply() == "421 4.7.0 the account is disabled"
        assert await client.reader.read() == b""
        assert server.acceptor.taken == []
        client.writer.close()


@on_both_loops
async def test_an_idle_session_is_ended_at_once() -> None:
    known = logins(FakeAuthenticator(al()))
    async with submission(known) as server:
        client = await Client.connect(server)
        await client.say(PLAIN)
        known.sessions.kick(known.sessions.all()[0].id, "the account\r\nis disabled")
        assert await client.reply() == "421 4.7.0 the account is disabled"
        assert await client.reader.read() == b""
        client.writer.close()


@on_both_loops
async def test_nobody_is_cut_off_while_a_log_in_waits() -> None:
    slow = Slow(al())
    async with submission(logins(slow)) as server:
        client = await Client.connect(server)
        client.writer.write(PLAIN)
        await slow.asked.wait()
        await asyncio.sleep(4 * LIMITS.command_idle)
        slow.let.set()
        assert (await client.reply()).startswith("235")
        client.writer.close()


@pytest.mark.parametrize("tls", [ListenerTls.STARTTLS, ListenerTls.IMPLICIT])
def test_a_client_that_leaves_while_its_log_in_waits(tls: ListenerTls) -> None:
    asyncio.run(leave(tls))


async def leave(tls: ListenerTls) -> None:
    slow = Slow(al())
    known = logins(slow)
    async with submission(known, tls) as server:
        client = await Client.connect(server, client_context() if tls is ListenerTls.IMPLICIT else None)
        client.writer.write(PLAIN)
        await slow.asked.wait()
        client.writer.transport.abort()
        await asyncio.sleep(0.02)
        slow.let.set()
        await asyncio.wait_for(server.notes.until("disconnected"), 5)
        await asyncio.sleep(0.02)
        assert len(slow.attempts) == 1, "it is recorded all the same"
        assert known.sessions.all() == []


@on_both_loops
async def test_a_stop_waits_for_a_log_in() -> None:
    slow = Slow(al())
    async with submission(logins(slow)) as server:
        client = await Client.connect(server)
        client.writer.write(PLAIN)
        await slow.asked.wait()
        closing = asyncio.create_task(server.server.close())
        await asyncio.sleep(0.02)
        slow.let.set()
        assert (await client.reply()).startswith("235")
        assert (await client.reply()).startswith("421 4.3.2")
        await closing
        client.writer.close()


@on_both_loops
async def test_a_stop_does_not_wait_for_a_response() -> None:
    async with submission(logins(FakeAuthenticator(al()))) as server:
        client = await Client.connect(server)
        assert (await client.say(b"AUTH LOGIN\r\n")).startswith("334")
        await server.server.close()
        assert (await client.reply()).startswith("421 4.3.2")
        client.writer.close()


@on_both_loops
async def test_a_broken_authenticator_is_no_end() -> None:
    async with submission(logins(Broken(al()))) as server:
        client = await Client.connect(server)
        assert (await client.say(PLAIN)).startswith("454 4.7.0")
        assert (await client.say(b"AUTH PLAIN !\r\n")).startswith("501 5.5.2")
        assert await client.say(b"NOOP\r\n") == "250 2.0.0 Done"
        client.writer.close()


@on_both_loops
async def test_what_breaks_off_is_recorded() -> None:
    known = FakeAuthenticator(al())
    async with submission(logins(known)) as server:
        client = await Client.connect(server)
        await client.say(b"AUTH LOGIN\r\n")
        await client.say(b"*\r\n")
        await client.say(b"AUTH PLAIN !\r\n")
        assert [attempt.why for attempt in known.attempts] == [Why.CANCELLED, Why.MALFORMED]
        assert known.attempts[0].around.mechanism == "LOGIN"
        client.writer.close()


@on_both_loops
async def test_channel_binding() -> None:
    known = logins(FakeAuthenticator(al()), SaslConfig(channel_binding=True))
    async with submission(known, ListenerTls.IMPLICIT) as server:
        client = await Client.connect(server, client_context())
        name = "SCRAM-SHA-256-PLUS"
        scram = scram_client([name], "al@home.example", "secret", ("tls-server-end-point", END_POINT))
        first = base64.b64encode(scram.get_client_first().encode())
        answer = await client.say(b"AUTH " + name.encode() + b" " + first + b"\r\n")
        scram.set_server_first(base64.b64decode(answer[4:]).decode())
        answer = await client.say(base64.b64encode(scram.get_client_final().encode()) + b"\r\n")
        scram.set_server_final(base64.b64decode(answer[4:]).decode())
        assert (await client.say(b"\r\n")).startswith("235")
        assert [info.tls for info in known.sessions.all()] == ["TLSv1.3"]
        client.writer.close()


@on_both_loops
async def test_whoever_does_not_take_the_last_word_is_not_logged_in() -> None:
    known = logins(FakeAuthenticator(al()))
    async with submission(known) as server:
        client = await Client.connect(server)
        for last, refusal in ((b"*\r\n", "501 5.7.0"), (b"AAAA\r\n", "501 5.5.2")):
            scram = scram_client(["SCRAM-SHA-256"], "al@home.example", "secret")
            first = base64.b64encode(scram.get_client_first().encode())
            answer = await client.say(b"AUTH SCRAM-SHA-256 " + first + b"\r\n")
            scram.set_server_first(base64.b64decode(answer[4:]).decode())
            await client.say(base64.b64encode(scram.get_client_final().encode()) + b"\r\n")
            assert (await client.say(last)).startswith(refusal)
        assert known.sessions.all() == []
        assert (await client.say(b"MAIL FROM:<al@home.example>\r\n")).startswith("530")
        client.writer.close()


@pytest.mark.parametrize(
    ("protocol", "auth", "offers"),
    [
        (ListenerProtocol.SUBMISSION, None, True),
        (ListenerProtocol.SUBMISSION, False, False),
        (ListenerProtocol.SMTP, None, False),
        (ListenerProtocol.SMTP, True, True),
        (ListenerProtocol.LMTP, None, False),
        (ListenerProtocol.LMTP, True, False),
    ],
)
def test_where_clients_can_log_in(protocol: ListenerProtocol, auth: bool | None, offers: bool) -> None:
    assert Listener("x", protocol, "127.0.0.1:25", auth=auth).offers_auth is offers
