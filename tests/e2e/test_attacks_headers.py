"""Headers in which a reader might see another author than we do. None of them goes out, however they are cut."""

import email
import email.policy
from collections.abc import Callable

import pytest

from tests.support.background import Background
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.sinks import start_sink
from tests.support.smtp_client import Client, submit
from tests.support.submission import ACCOUNT, submissions

REFUSED = [
    b"From: al@home.example\r\nFrom: boss@bank.example\r\n",
    b"From : boss@bank.example\r\nFrom: al@home.example\r\n",
    b"From\t: boss@bank.example\r\nFrom: al@home.example\r\n",
    b"From boss@bank.example Thu Jan 1\r\nFrom: al@home.example\r\n",
    b"From:\r\n boss@bank.example\r\n",
    b"From: al@home.example,\r\n boss@bank.example\r\n",
    b"From: g: al@home.example, boss@bank.example;\r\n",
    b"From: <@x,@y:boss@bank.example>\r\n",
    b"From: <boss@bank.example> <al@home.example>\r\n",
    b"From: <al@home.example> <boss@bank.example>\r\n",
    b"From: boss@bank.example <al@home.example>\r\n",
    b"From: al@home.example(<boss@bank.example>\r\n",
    b"From: (\\) <boss@bank.example> ( <al@home.example> (x)\r\n",
    b'From: "x\\" <boss@bank.example>" <al@home.example>\r\n',
    b'From: "x\\\\" <boss@bank.example>, " <al@home.example>\r\n',
    b"From: =?utf-8?q?boss=40bank=2Eexample=3E?= <al@home.example>\r\n",
    b"From: =?utf-8?b?Ym9zc0BiYW5rLmV4YW1wbGU=?=\r\n",
    b"From: =?utf-8?q?x=0D=0AFrom:_boss@bank.example?= <al@home.example>\r\n",
    b"From: al@home.example\xff <boss@bank.example>\r\n",
    b"From: \xff\\ <boss@bank.example> <al@home.example>\r\n",
    b"From: +AGIAbwBzAHM-@bank.example\r\n",
    b"From: al@home.example; boss@bank.example\r\n",
    b"From: <al@home.example, boss@bank.example>\r\n",
    b"From: boss@bank.example al@home.example\r\n",
    b"From:\r\n",
    b"",
    b"From: al@home.example\r\nResent-From: boss@bank.example\r\n",
    b"From: al@home.example\r\nSender: boss@bank.example\r\n",
    b"From: al@home.example\r\n \r\nFrom: boss@bank.example\r\n",
    b"From: al@home.example\r\nnot a field\r\nFrom: boss@bank.example\r\n",
    b": x\r\nFrom: al@home.example\r\n",
    b"fROM: boss@bank.example\r\n",
    b"From: al@home.example\xe2\x80\xa8From: boss@bank.example\r\n",
    b"From: al@h\xd0\xbeme.example\r\n",
    b"From: al@home.example.\r\n",
    b'From: "al+<boss@bank.example>"@home.example\r\n',
    b"From: al@home.example(x).evil.example\r\n",
    b"From: <al@home.example> (<boss@bank.example>)\r\n",
    b"From: (x <boss@bank.example>) al@home.example\r\n",
]
TAKEN = [
    b"From: AL@HOME.example\r\nBcc:\r\n secret@y.example\r\n",
    b"From: al @ home . example\r\nbCC : secret@y.example\r\nResent-BCC\t: secret@z.example\r\n",
    b"X: y\r\n From: boss@bank.example\r\nFrom: al@home.example\r\nBcc: secret@y.example\r\n",
    b">From: boss@bank.example\r\nFrom: =?utf-8?q?Al?= (boss at bank) <al@home.example>\r\n",
    b"X: a\x0bFrom: boss@bank.example\x0cFrom: boss@bank.example\r\nFrom: al@home.example\r\n",
]
PADDING = pytest.mark.parametrize("padding", [0, 70_000], ids=["in memory", "in a file"])


def _message(fields: bytes, padding: int) -> bytes:
    filler = (b"X-Pad: " + b"y" * 900 + b"\r\n") * (padding // 909)
    return b"Subject: x\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\n" + filler + fields + b"\r\nbody\r\n"


def _in_two_chunks(client: Client, octets: bytes, cut: int) -> int:
    """By BDAT, cut within the header."""
    client.say(f"MAIL FROM:<{ACCOUNT}>")
    client.say("RCPT TO:<bo@old.example>")
    client.send(b"BDAT %d\r\n" % cut + octets[:cut])
    client.answer()
    client.send(b"BDAT %d LAST\r\n" % (len(octets) - cut) + octets[cut:])
    return client.answer().code


@PADDING
def test_what_readers_may_understand_in_two_ways(
    padding: int, gateway: Callable[..., Gateway], background: Background
) -> None:
    sink = start_sink(background)
    server = submissions(gateway, sink, limits={"errors": 1000})
    with Client(server.starttls) as client:
        client.greet()
        client.plain(ACCOUNT, server.password)
        for fields in REFUSED:
            octets = _message(fields, padding)
            answer = submit(client, ACCOUNT, ["bo@old.example"], octets).data
            assert answer is not None
            assert answer.code in (550, 554), fields
            assert _in_two_chunks(client, octets, octets.index(fields) + 7) in (550, 554), fields
    assert server.gateway.queue() == []
    assert sink.messages == []


@PADDING
def test_what_goes_out_has_one_author_and_no_bcc(
    padding: int, gateway: Callable[..., Gateway], background: Background
) -> None:
    sink = start_sink(background)
    server = submissions(gateway, sink)
    with Client(server.starttls) as client:
        client.greet()
        client.plain(ACCOUNT, server.password)
        for fields in TAKEN:
            octets = _message(fields, padding)
            assert submit(client, ACCOUNT, ["bo@old.example"], octets).taken, fields
            assert _in_two_chunks(client, octets, octets.index(fields) + 9) == 250, fields
    wait_for(lambda: len(sink.messages) == 2 * len(TAKEN), what="all messages")
    for taken in sink.messages:
        assert b"secret" not in taken.octets
        read = email.message_from_bytes(taken.octets, policy=email.policy.default)
        [author] = read.get_all("from", [])
        assert [each.addr_spec.lower().replace(" ", "") for each in author.addresses] == [ACCOUNT]
