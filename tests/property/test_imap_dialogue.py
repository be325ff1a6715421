"""Any chunking of a client's octets gives the same responses; whatever octets come, only well-formed responses go."""

import asyncio
import logging
import re
from collections.abc import Callable
from itertools import count
from typing import Self

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from typing_extensions import override

from tests.support.background import Background
from tests.support.fake_authenticator import FakeAccount, FakePassword
from tests.support.imap_response import read_response, whole
from tests.support.imap_world import ImapWorld, imap_world

ACCOUNTS = [FakeAccount(f"u{number}@home.example", (FakePassword("secret"),)) for number in range(600)]
MESSAGE = b"From: a@b.example\r\nSubject: =?utf-8?q?h=C3=A4?=\r\nMessage-ID: <1@b.example>\r\n\r\nhello\r\nthere\r\n"
_numbers = count()
_OWN = re.compile(rb"u[0-9]+@home\.example|(?<=MAILBOXID )\([\w-]+\)|(?<=EMAILID )\([\w-]+\)|(?<=THREADID )\([\w-]+\)")


Converse = Callable[[list[bytes], bool], bytes]
"""All that is answered to these octets, up to the end of the connection; whether they come after the log-in."""


@pytest.fixture(scope="module")
def converse(background: Background, tmp_path_factory: pytest.TempPathFactory) -> Converse:
    imap = {"command_line": 1000, "message_size": 3000, "errors": 1000}
    limits = {"connections_per_client": 10_000}
    folder = tmp_path_factory.mktemp("imap")
    world = background.enter(imap_world(folder, ACCOUNTS, imap=imap, limits=limits))

    def converse(chunks: list[bytes], log_in: bool) -> bytes:
        with Faults() as faults:
            said = background.run(conversation(world, chunks, log_in=log_in))
        assert not faults.found
        return said

    return converse


class Faults(logging.Handler):
    """What the server logs as its own."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: list[str] = []

    def __enter__(self) -> Self:
        logging.getLogger("gateway").addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("gateway").removeHandler(self)

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(record.getMessage())


def literal(octets: bytes, form: bytes = b"") -> bytes:
    return b"{%d%b}\r\n%b" % (len(octets), form, octets)


forms = st.sampled_from([b"", b"+"])
sizes_of_messages = st.sampled_from([0, 1, 200, 990, 2800, 3500])
commands = st.one_of(
    st.sampled_from(
        [
            b"NOOP",
            b"CAPABILITY",
            b"noop ",
            b"",
            b"FROB x",
            b"SELECT INBOX",
            b"EXAMINE inbox (CONDSTORE)",
            b"UNSELECT",
            b"CLOSE",
            b"CHECK",
            b"ENABLE CONDSTORE",
            b"ENABLE UTF8=ACCEPT QRESYNC",
            b"ENABLE IMAP4rev2",
            b'LIST "" "*"',
            b"STATUS INBOX (MESSAGES UIDNEXT UNSEEN)",
            b"FETCH 1:* (UID FLAGS ENVELOPE BODYSTRUCTURE)",
            b"UID FETCH 1:* (BODY.PEEK[] BODY[TEXT]<2.7>)",
            b"STORE 1 +FLAGS (\\Seen $Later)",
            b"UID STORE 1:* FLAGS.SILENT (\\Deleted)",
            b"EXPUNGE",
            b"SEARCH UNSEEN",
            b'SEARCH RETURN (ALL) SUBJECT "h"',
            b"COPY 1 Archive",
            b"MOVE * Trash",
            b"NOOP " + b"x" * 1000,
            b"IDLE\r\nDONE",
            b"IDLE\r\nxDONE",
            b"AUTHENTICATE PLAIN\r\n*",
            b"UNAUTHENTICATE",
            b"ID NIL",
            b"NAMESPACE",
            b'GETMETADATA (DEPTH infinity) "" (/shared/a)',
            b"GETQUOTAROOT INBOX",
            b"MYRIGHTS INBOX",
            b"THREAD REFERENCES UTF-8 ALL",
            b"UID SORT (REVERSE DATE SUBJECT) UTF-8 ALL",
            b"SEARCH RETURN (SAVE UPDATE) OR SEEN (1:* NOT DELETED)",
            b"FETCH $ (BINARY.PEEK[1] PREVIEW EMAILID THREADID SAVEDATE)",
            b"NOTIFY SET (SELECTED (MessageNew (UID FLAGS) MessageExpunge FlagChange))",
            b"ENABLE UIDONLY",
            b"\xff\xfe \x00",
        ]
    ),
    forms.map(lambda form: b"SELECT " + literal(b"INBOX", form)),
    forms.map(lambda form: b"CREATE " + literal(b"a\xc3\xa4", form)),
    forms.map(lambda form: b"LOGIN " + literal(b"nobody", form) + b" " + literal(b"x", form)),
    st.tuples(forms, sizes_of_messages).map(
        lambda drawn: b"APPEND INBOX (\\Flagged) " + literal(MESSAGE + b"x" * drawn[1], drawn[0])
    ),
    forms.map(lambda form: b"APPEND INBOX " + literal(MESSAGE, form) + b" (\\Seen) " + literal(MESSAGE * 2, form)),
    forms.map(lambda form: b'SETMETADATA "" (/private/a ' + literal(b"x\r\ny", form) + b" /private/b ~{1}\r\n\0)"),
    forms.map(lambda form: b"REPLACE 1 INBOX " + literal(MESSAGE, form)),
    forms.map(lambda form: b"APPEND INBOX CATENATE (TEXT " + literal(MESSAGE, form) + b' URL "/INBOX/;UID=1")'),
    forms.map(lambda form: b"APPEND nowhere ~" + literal(b"a\0b", form)),
    forms.map(lambda form: b"SEARCH CHARSET UTF-8 TEXT " + literal("hä".encode(), form)),
)
conversations = st.lists(commands, max_size=8).map(
    lambda parts: b"".join(b"a%d %b\r\n" % (number, part) for number, part in enumerate(parts))
)
sizes = st.lists(st.one_of(st.integers(1, 20), st.integers(1, 4000)), min_size=1, max_size=5)


def pieces(data: bytes, lengths: list[int]) -> list[bytes]:
    """No more than some hundred."""
    cut: list[bytes] = []
    at = 0
    while at < len(data):
        length = max(lengths[len(cut) % len(lengths)], len(data) // 300)
        cut.append(data[at : at + length])
        at += length
    return cut


async def conversation(world: ImapWorld, chunks: list[bytes], *, log_in: bool) -> bytes:
    """Of an account with one message."""
    account = ACCOUNTS[next(_numbers) % len(ACCOUNTS)].address
    if log_in:
        await world.deliver(MESSAGE, to=account)
        chunks = [f"l LOGIN {account} secret\r\nl SELECT INBOX\r\n".encode(), *chunks]
    reader, writer = await asyncio.open_connection("127.0.0.1", world.port)
    answer = asyncio.create_task(reader.read())
    for chunk in chunks:
        writer.write(chunk)
        # The server has them before the next are sent: both run in this loop.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    writer.write_eof()
    try:
        return await asyncio.wait_for(answer, 20)
    finally:
        writer.close()


def responses(octets: bytes) -> list[bytes]:
    """Each strictly well-formed."""
    found: list[bytes] = []
    utf8 = False
    while length := whole(octets):
        response = read_response(octets[:length], utf8=utf8)
        utf8 = utf8 or (response.name == "ENABLED" and (b"IMAP" in response.rest or b"UTF8" in response.rest))
        assert not response.code.startswith("SERVERBUG"), response
        found.append(octets[:length])
        octets = octets[length:]
    assert not octets
    return found


@settings(deadline=None, max_examples=40)
@given(conversations, sizes)
def test_any_chunking_gives_the_same_responses(converse: Converse, data: bytes, lengths: list[int]) -> None:
    at_once = responses(converse([data], True))
    in_pieces = responses(converse(pieces(data, lengths), True))
    assert list(map(anonymous, in_pieces)) == list(map(anonymous, at_once))


def anonymous(response: bytes) -> bytes:
    """Without what differs from account to account."""
    return _OWN.sub(b"", response)


junk = st.one_of(
    st.binary(max_size=30),
    commands,
    st.sampled_from([b"\r\n", b"\n", b"\r", b"a ", b"{5}\r\n", b"{3+}\r\n", b"{99999999999999999999}\r\n", b"(" * 70]),
    st.sampled_from([b"a UID ", b"a FETCH ", b"a SEARCH ", b"a APPEND INBOX ", b"DONE\r\n", b"{0}\r\n", b"a" * 300]),
)


@settings(deadline=None, max_examples=80)
@given(st.lists(junk, max_size=30).map(b"".join), st.booleans())
@example(b"a LOGIN {4}\r\nabcd {4}\r\n", False)
@example(b"a APPEND INBOX {10}\r\nabc", True)
@example(b"{0}\r\n{0}\r\n", False)
def test_whatever_comes_only_responses_go(converse: Converse, data: bytes, log_in: bool) -> None:
    said = responses(converse([data], log_in))
    assert said[0].startswith(b"* OK [CAPABILITY ")
