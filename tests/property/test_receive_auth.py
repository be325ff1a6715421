"""Whatever octets come around AUTH: the session and its neighbours go on, and nobody gets in by chance."""

import asyncio
import base64

import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.listen.config import ListenerProtocol
from gateway.mail.units import OctetCount
from gateway.receive.config import Limits
from gateway.receive.dialogue import Dialogue
from gateway.receive.service import Service
from tests.support.fake_acceptor import FakeAcceptor
from tests.support.fake_authenticator import FakeAuthenticator
from tests.support.receiver import Receiver, listener, logins, receiver, surroundings

LIMITS = Limits(errors=10_000, junk_commands=10_000, failed_logins=10_000, command_line=OctetCount(600))
MECHANISMS = (b"PLAIN", b"LOGIN", b"SCRAM-SHA-256", b"SCRAM-SHA-1", b"OAUTHBEARER", b"XOAUTH2", b"EXTERNAL", b"X")
GOOD = b"\0al@home.example\0secret"

encoded = st.one_of(st.binary(max_size=80), st.just(b"n,,n=al@home.example,r=abc")).map(base64.b64encode)
responses = st.one_of(encoded, st.binary(max_size=60), st.sampled_from([b"*", b"=", b"", b"A" * 20_000]))
lines = responses.map(lambda text: text + b"\r\n")
begun = st.builds(lambda name, text: b"AUTH " + name + b" " + text + b"\r\n", st.sampled_from(MECHANISMS), responses)
asked = st.sampled_from(MECHANISMS).map(lambda name: b"AUTH " + name + b"\r\n")
garbage = st.lists(st.one_of(lines, begun, asked), max_size=12)


async def converse(pieces: list[bytes]) -> tuple[Dialogue, FakeAuthenticator]:
    """Each piece comes when what came before it is answered."""
    known = FakeAuthenticator.with_account("al@home.example", "secret")
    which = listener(ListenerProtocol.SUBMISSION)
    service = Service(which, LIMITS, FakeAcceptor(), surroundings(trusted=(), known=logins(known)))
    dialogue = Dialogue(service, "127.0.0.1", None)
    for piece in pieces:
        dialogue.feed(piece)
        while dialogue.session.work is not None or dialogue.held_up:
            if dialogue.session.work is not None:
                await dialogue.session.work
                dialogue.session.work = None
            dialogue.proceed()
    return dialogue, known


@settings(deadline=None, max_examples=150)
@given(garbage)
def test_nobody_gets_in_by_chance(pieces: list[bytes]) -> None:
    dialogue, known = asyncio.run(converse([b"EHLO x\r\n", *pieces]))
    dialogue.abandon()
    assert dialogue.session.login is None
    assert all(attempt.why is not None for attempt in known.attempts)
    assert b"".join(dialogue.session.out).isascii()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.one_of(begun, asked), max_size=4), st.binary(max_size=40))
def test_a_good_log_in_is_taken_at_any_chunking(before: list[bytes], noise: bytes) -> None:
    """After a `*` and an end of line, whatever came before."""
    line = b"AUTH PLAIN " + base64.b64encode(GOOD) + b"\r\n"
    cuts = [line[at : at + 1 + len(noise)] for at in range(0, len(line), 1 + len(noise))]
    dialogue, _ = asyncio.run(converse([b"EHLO x\r\n", *before, b"*\r\n", b"NOOP\r\n", *cuts]))
    assert dialogue.session.login is not None
    dialogue.abandon()


async def survive(pieces: list[bytes]) -> None:
    known = logins(FakeAuthenticator.with_account("al@home.example", "secret"))
    which = listener(ListenerProtocol.SUBMISSION)
    async with receiver(which, LIMITS, around=surroundings(trusted=(), known=known)) as server:
        reader, neighbour = await asyncio.open_connection("127.0.0.1", server.port)
        await reader.readline()
        await throw(server, b"EHLO x\r\n" + b"".join(pieces))
        neighbour.write(b"NOOP\r\n")
        assert await reader.readline() == b"250 2.0.0 Done\r\n"
        neighbour.close()


async def throw(server: Receiver, octets: bytes) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(octets)
    writer.write_eof()
    writer.close()


@settings(deadline=None, max_examples=20)
@given(garbage)
def test_arbitrary_octets_after_auth_harm_nobody(pieces: list[bytes]) -> None:
    uvloop.run(survive(pieces))
