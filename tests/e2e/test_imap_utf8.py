"""Mail with UTF-8 in its header and addresses, sent by SMTPUTF8: each client reads it in a form that it understands."""

import email
import imaplib
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import policy
from typing import Any

import pytest

from tests.e2e.test_imap_imaplib import done
from tests.support.gateway_process import Gateway
from tests.support.mail_server import AL, GatewayServer, gateway_server
from tests.support.patience import wait_for
from tests.support.peers import installed
from tests.support.post import post

ADDRESSES = "From: Jörg Müller <jörg@bücher.example>\r\nTo: Al <al@home.example>, Vladimir <влад@почта.example>\r\n"
REST = (
    "Date: Sun, 22 Nov 2026 08:00:00 +0000\r\nMessage-ID: <utf8@x.example>\r\nSubject: Grüße aus Köln\r\n"
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=edge\r\n\r\n"
    "--edge\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nSchöne Grüße!\r\n"
    "--edge\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
    'Content-Disposition: attachment; filename="Übersicht.pdf"\r\n\r\nJVBERi0=\r\n--edge--\r\n'
)
LETTER = (ADDRESSES + REST).encode()


@pytest.fixture
def server(gateway: Callable[..., Gateway]) -> GatewayServer:
    """With that letter in the inbox, as SMTP took it, and a mailbox `Entwürfe`."""
    made = gateway_server(gateway)
    post(made.gateway, AL, octets=LETTER, sender="jörg@bücher.example", mail="SMTPUTF8 BODY=8BITMIME")
    with session(made) as connection:
        done(connection.create("Entw&APw-rfe"))
        wait_for(lambda: done(connection.select(readonly=True)) == [b"1"], what="the letter")
    return made


@contextmanager
def session(server: GatewayServer, *, utf8: bool = False) -> Iterator[imaplib.IMAP4]:
    with imaplib.IMAP4("localhost", server.port, timeout=20) as connection:
        connection.login(AL, server.password)
        if utf8:
            done(connection.enable("UTF8=ACCEPT"))
        yield connection


def fetched(connection: imaplib.IMAP4, item: str) -> bytes:
    """The whole response to a FETCH of the letter, literals among it."""
    done(connection.select(readonly=True))
    parts: list[Any] = done(connection.fetch("1", f"({item})"))
    return b"\r\n".join(b"".join(part) if isinstance(part, tuple) else part for part in parts)


@pytest.mark.parametrize(
    "item",
    ["ENVELOPE", "BODYSTRUCTURE", "BODY", "BODY.PEEK[HEADER]", "BODY.PEEK[HEADER.FIELDS (FROM SUBJECT TO)]",
     "BODY.PEEK[2.MIME]", "RFC822.HEADER"],
)  # fmt: skip
def test_a_client_of_old_sees_ascii(server: GatewayServer, item: str) -> None:
    with session(server) as old:
        assert fetched(old, item).isascii()
    with session(server, utf8=True) as new:
        shown = fetched(new, item)
        assert shown.isascii() is (item == "BODY"), shown


def test_what_it_shows_means_the_same(server: GatewayServer) -> None:
    """Header and file name are encoded; addresses that cannot be are named, but cannot be written to (RFC 6858 3)."""
    with session(server) as old:
        done(old.select(readonly=True))
        [(_, octets), *_] = done(old.fetch("1", "(BODY.PEEK[])"))
        [size] = done(old.fetch("1", "(RFC822.SIZE)"))
    assert size == b"1 (RFC822.SIZE %d)" % len(octets)
    head = octets.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    message = email.message_from_bytes(octets, policy=policy.default)
    assert message["Subject"] == "Grüße aus Köln"
    assert "Jörg Müller" in str(message["From"])
    assert message["Date"] == "Sun, 22 Nov 2026 08:00:00 +0000"
    text, attachment = message.iter_parts()
    assert text.get_content() == "Schöne Grüße!"
    assert attachment.get_filename() == "Übersicht.pdf"
    assert attachment.get_content() == b"%PDF-"


def test_its_real_form_is_what_came(server: GatewayServer) -> None:
    """But for the trace field that SMTP put above, octet by octet."""
    with session(server, utf8=True) as new:
        done(new.select(readonly=True))
        [(_, octets), *_] = done(new.fetch("1", "(BODY.PEEK[])"))
        envelope = fetched(new, "ENVELOPE")
        [size] = done(new.fetch("1", "(RFC822.SIZE)"))
    assert octets.endswith(LETTER)
    assert size == b"1 (RFC822.SIZE %d)" % len(octets)
    for word in ("Grüße aus Köln", "Jörg Müller", "jörg", "bücher.example", "влад", "почта.example"):
        assert word.encode() in envelope


def test_mailboxes_in_both_forms(server: GatewayServer) -> None:
    with session(server) as old:
        assert any(b"Entw&APw-rfe" in line for line in done(old.list()))
        assert all(line.isascii() for line in done(old.list()))
        done(old.select("Entw&APw-rfe"))
    with session(server, utf8=True) as new:
        assert any("Entwürfe".encode() in line for line in done(new.list()))
        done(new.select('"Entwürfe"'))


def test_both_find_it(server: GatewayServer) -> None:
    with session(server) as old:
        done(old.select(readonly=True))
        vars(old)["literal"] = "grüße".encode()
        assert done(old.search("UTF-8", "SUBJECT")) == [b"1"]
        assert done(old.search(None, "HEADER", "Message-ID", "utf8@x.example")) == [b"1"]
    with session(server, utf8=True) as new:
        done(new.select(readonly=True))
        assert done(new.search(None, "SUBJECT", '"grüße"')) == [b"1"]
        assert done(new.search(None, "FROM", '"jörg@bücher.example"')) == [b"1"]
        assert done(new.search(None, "TEXT", '"Schöne"')) == [b"1"]


def test_a_header_in_utf8_is_kept_out_of_the_reach_of_old_clients(server: GatewayServer) -> None:
    """APPEND refuses one where UTF8=ACCEPT is not enabled (RFC 9755 3); where it is, it is kept as it is."""
    with session(server) as old:
        kind, [told] = old.append("INBOX", None, None, LETTER)
        assert kind == "NO"
        assert b"UTF8=ACCEPT" in told
    with session(server, utf8=True) as new:
        # imaplib's own append puts what surrounds the literal into it.
        new.send('mine APPEND "Entwürfe" UTF8 (~{%d+}\r\n'.encode() % len(LETTER) + LETTER + b")\r\n")
        assert new.readline().startswith(b"mine OK")
        done(new.select('"Entwürfe"', readonly=True))
        [(_, octets), *_] = done(new.fetch("1", "(BODY.PEEK[])"))
    assert octets == LETTER


@pytest.mark.peer("curl")
def test_curl_is_a_client_of_old(server: GatewayServer) -> None:
    command = [installed("curl"), "--silent", "--user", f"{AL}:{server.password}"]
    url = f"imap://localhost:{server.port}/INBOX;MAILINDEX=1"
    octets = subprocess.run([*command, url], check=True, capture_output=True, timeout=20).stdout
    assert octets.partition(b"\r\n\r\n")[0].isascii()
    assert email.message_from_bytes(octets, policy=policy.default)["Subject"] == "Grüße aus Köln"
