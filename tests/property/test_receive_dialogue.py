"""Any chunking of the octets gives the same replies; arbitrary octets never break a session or its neighbours."""

import asyncio

import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mail.units import OctetCount
from gateway.receive.config import BareNewline, Limits
from gateway.receive.dialogue import Dialogue
from gateway.receive.dots import DotReader
from gateway.receive.newlines import NewlineWatch
from gateway.receive.service import Service
from tests.support.fake_acceptor import FakeAcceptor
from tests.support.receiver import Receiver, listener, receiver, surroundings

LIMITS = Limits(message_size=OctetCount(120_000), errors=1000, junk_commands=1000, command_line=OctetCount(60))
fragments = st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"..", b"\r\n.\r\n", b"x", b"\0", b"\xc3\xa4", b"\r\n."])
contents = st.lists(fragments, max_size=12).map(b"".join)
commands = st.sampled_from(
    [
        b"EHLO x\r\n",
        b"MAIL FROM:<a@b.example>\r\n",
        b"MAIL FROM:<a@b.example> BODY=BINARYMIME SMTPUTF8\r\n",
        b"RCPT TO:<c@d.example>\r\n",
        b"RCPT TO:<later@d.example>\r\n",
        b"RCPT TO:<refused@d.example>\r\n",
        b"RSET\r\n",
        b"NOOP\n",
        b"FROB\r\n",
        b"NOOP " + b"x" * 100 + b"\r\n",
        b"BDAT 0 LAST\r\n",
    ]
)
messages = st.one_of(
    contents.map(lambda content: b"DATA\r\n" + content + b"\r\n.\r\n"),
    contents.map(lambda content: b"BDAT %d\r\n%s" % (len(content), content)),
    contents.map(lambda content: b"BDAT %d LAST\r\n%s" % (len(content), content)),
    st.just(b"BDAT 90000 LAST\r\n" + b"x" * 90_000),
)
transaction = messages.map(lambda m: b"MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n" + m)
conversations = st.lists(st.one_of(commands, messages, transaction), max_size=12).map(
    lambda parts: b"EHLO x\r\n" + b"".join(parts)
)
sizes = st.lists(st.one_of(st.integers(1, 20), st.integers(1, 50_000)), min_size=1, max_size=5)


def pieces(data: bytes, lengths: list[int]) -> list[bytes]:
    cut: list[bytes] = []
    at = 0
    while at < len(data):
        length = lengths[len(cut) % len(lengths)]
        # no more than some hundred pieces, so that long messages cost no more than short ones
        length = max(length, len(data) // 400)
        cut.append(data[at : at + length])
        at += length
    return cut


async def converse(chunks: list[bytes]) -> tuple[bytes, list[bytes], int]:
    """What is replied, what the relay got, and how many files were left open."""
    acceptor = FakeAcceptor()
    dialogue = Dialogue(Service(listener(), LIMITS, acceptor, surroundings()), "127.0.0.1", None)
    session = dialogue.session
    for chunk in chunks:
        dialogue.feed(chunk)
        while session.work is not None or dialogue.held_up:
            if session.work is not None:
                await session.work
                session.work = None
            dialogue.proceed()
    dialogue.abandon()
    left = sum(not spool.discarded for spool in acceptor.spools) - sum(taken.spooled for taken in acceptor.taken)
    return b"".join(session.out), [taken.content for taken in acceptor.taken], left


@settings(deadline=None, max_examples=60)
@given(conversations, sizes)
def test_any_chunking_gives_the_same_replies(data: bytes, lengths: list[int]) -> None:
    whole = asyncio.run(converse([data]))
    assert asyncio.run(converse(pieces(data, lengths))) == whole
    assert whole[2] == 0
    assert whole[0].isascii()


@given(st.one_of(contents, st.binary()), contents, sizes)
def test_dots(content: bytes, rest: bytes, lengths: list[int]) -> None:
    """What is stuffed is unstuffed, up to the first end and no further."""
    content += b"\r\n"
    stuffed = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"
    reader = DotReader()
    got = b""
    for at, piece in enumerate(parts := pieces(stuffed + rest, lengths)):
        got += reader.feed(piece)
        if reader.rest is not None:
            assert reader.rest + b"".join(parts[at + 1 :]) == rest
            break
    assert got == content


@given(contents, sizes)
def test_normalized_content_is_free_of_faults(content: bytes, lengths: list[int]) -> None:
    mend, check = NewlineWatch(BareNewline.NORMALIZE), NewlineWatch(BareNewline.REJECT)
    mended = b"".join(mend.feed(piece) for piece in pieces(content, lengths)) + mend.end()
    check.feed(mended)
    check.end()
    assert check.fault == mend.fault
    assert mended.replace(b"\r\n", b"\n") == content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


@given(contents, sizes)
def test_faults_are_found_at_any_chunking(content: bytes, lengths: list[int]) -> None:
    watch = NewlineWatch(BareNewline.REJECT)
    kept = b"".join(watch.feed(piece) for piece in pieces(content, lengths)) + watch.end()
    assert kept == content
    rest = content.replace(b"\r\n", b"")
    assert (watch.fault is not None) == any(octet in rest for octet in b"\r\n\0")


async def survive(garbage: list[bytes]) -> None:
    async with receiver() as server:
        _, neighbour = witness = await asyncio.open_connection("127.0.0.1", server.port)
        await witness[0].readline()
        for octets in garbage:
            await throw(server, octets)
        neighbour.write(b"NOOP\r\n")
        assert await witness[0].readline() == b"250 2.0.0 Done\r\n"
        neighbour.close()


async def throw(server: Receiver, octets: bytes) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(octets)
    writer.write_eof()
    writer.close()


@settings(deadline=None, max_examples=20)
@given(st.lists(st.one_of(st.binary(max_size=500), conversations), max_size=4))
def test_arbitrary_octets_harm_nobody(garbage: list[bytes]) -> None:
    uvloop.run(survive(garbage))
