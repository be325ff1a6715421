"""Arbitrary octets to the listening gateway: it lives, and other sessions go on."""

import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.configs import letter
from tests.support.gateway_process import Gateway
from tests.support.smtp_client import Client, submit

COMMANDS = (
    b"EHLO x\r\n",
    b"HELO x\r\n",
    b"LHLO x\r\n",
    b"MAIL FROM:<a@b.example>\r\n",
    b"RCPT TO:<c@d.example>\r\n",
    b"DATA\r\n",
    b"RSET\r\n",
    b"NOOP\r\n",
    b"VRFY x\r\n",
    b"HELP\r\n",
    b"EXPN x\r\n",
    b"BDAT 5 LAST\r\n",
    b"BDAT 99999999999999999999\r\n",
    b".\r\n",
    b"\r\n",
    b"\n",
    b"\r",
    b"\0",
    b"STARTTLS\r\n",
    b"QUIT\r\n",
    b"MAIL FROM:<> SMTPUTF8 BODY=8BITMIME SIZE=1\r\n",
    b"MAIL FROM:<j\xc3\xb6rg@b.example> SMTPUTF8\r\n",
    b"RCPT TO:<c@d.example> ORCPT=utf-8;\\x{110000}@d NOTIFY=NEVER\r\n",
    b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
    b"AUTH PLAIN AA==\r\n",
    b"\xff\xfe\xfd\r\n",
    b"Subject: x\r\n\r\nbody\r\n.\r\n",
)

octets = st.lists(st.one_of(st.sampled_from(COMMANDS), st.binary(max_size=200)), max_size=25).map(b"".join)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    config = {"routes": [{"name": "all", "deliver": "discard"}], "limits": {"connections_per_client": 1000}}
    with Gateway(tmp_path_factory.mktemp("fuzz"), config) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def beside(running: Gateway) -> Iterator[Client]:
    """A session that is open all the while."""
    with running.smtp() as client:
        yield client


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(octets)
def test_no_octets_kill_it_or_stop_others(running: Gateway, beside: Client, octets: bytes) -> None:
    workers = running.workers
    with Client(running.port) as client:
        assert client.answer().code == 220
        with suppress(ConnectionError):
            client.send(octets)
    assert submit(beside, "al@home.example", ["bo@old.example"], letter()).taken
    assert running.workers == workers


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=3000))
def test_no_message_kills_it(running: Gateway, beside: Client, octets: bytes) -> None:
    workers = running.workers
    with running.smtp() as client:
        client.say("MAIL FROM:<a@b.example>")
        client.say("RCPT TO:<c@d.example>")
        client.say("DATA")
        client.send(octets.replace(b"\r\n.", b"\r\n..") + b"\r\n.\r\n")
        assert client.answer().code // 100 in (2, 4, 5)
    assert submit(beside, "al@home.example", ["bo@old.example"], letter()).taken
    assert running.workers == workers


IMAP = (
    b"a LOGIN al@home.example wrong\r\n",
    b"b AUTHENTICATE PLAIN\r\n",
    b"c AUTHENTICATE SCRAM-SHA-256 biwsbj1hbCxyPTE=\r\n",
    b"*\r\n",
    b"d STARTTLS\r\n",
    b'e ID ("name" {5}\r\n',
    b"f LOGIN {4+}\r\nabcd {99999999999999999999+}\r\n",
    b"g LOGIN {2000000000+}\r\n",
    b"h IDLE\r\n",
    b"DONE\r\n",
    b"i COMPRESS DEFLATE\r\n",
    b"j LOGOUT\r\n",
    b"k " + b"(" * 1000 + b"\r\n",
    b"\r\n",
    b"\n",
    b"\0",
    b"\xff\xfe\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
)
imap_octets = st.lists(st.one_of(st.sampled_from(IMAP), st.binary(max_size=200)), max_size=25).map(b"".join)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(imap_octets, st.booleans())
def test_no_octets_to_imap_kill_it_or_stop_others(
    running: Gateway, beside: Client, octets: bytes, implicit: bool
) -> None:
    workers = running.workers
    port = running.imaps_port if implicit else running.imap_port
    with socket.create_connection(("127.0.0.1", port)) as client, suppress(ConnectionError):
        client.sendall(octets)
    assert submit(beside, "al@home.example", ["bo@old.example"], letter()).taken
    assert running.workers == workers
    assert not [each for each in running.log() if each["level"] == "error"]
