"""`jörg@bücher.example`, an account whose address is not ASCII: however it is typed, it is one account; it writes to
hosts with SMTPUTF8 and without, and gets mail over LMTP, also from Dovecot, which has no SMTPUTF8."""

import os
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.sink.server import PLAIN, Behaviour, SinkServer
from tests.support.background import Background
from tests.support.clients import run
from tests.support.configs import to_sinks
from tests.support.dovecot_lmtp import DovecotLmtp
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.peers import installed
from tests.support.reader import parse
from tests.support.sinks import LEGACY, one, start_sink
from tests.support.smtp_client import Client, Submission, submit
from tests.support.submission import Submissions, submissions

JOERG, ASCII = "jörg@bücher.example", "joerg@bücher.example"
ON_THE_WIRE, ASCII_ON_THE_WIRE = "jörg@xn--bcher-kva.example", "joerg@xn--bcher-kva.example"
TO = "bo@old.example"
WAYS = {
    "as it is": JOERG,
    "decomposed": unicodedata.normalize("NFD", JOERG),
    "in capitals": JOERG.upper(),
    "with an A-label": ON_THE_WIRE,
    "decomposed capitals with an A-label": unicodedata.normalize("NFD", "JÖRG@XN--BCHER-KVA.EXAMPLE"),
    "fullwidth": "ｊｏｅｒｇ".replace("ｏｅ", "ö") + "@bücher.example",
}


@dataclass(frozen=True, slots=True)
class Home:
    """A gateway where Jörg has an account; his mail goes by LMTP, mail for old.example to `out`."""

    server: Submissions
    out: SinkServer
    store: SinkServer
    password: str

    def submit(self, sender: str = JOERG, *, to: str = TO, parameters: str = "SMTPUTF8") -> Submission:
        octets = f"From: Jörg <{sender}>\r\nTo: {to}\r\nSubject: Grüße\r\n\r\nAlles gut.\r\n".encode()
        with Client(self.server.starttls, timeout=20) as client:
            client.greet()
            assert client.plain(JOERG, self.password).code == 235
            return submit(client, sender, [to], octets, parameters=parameters)


MakeHome = Callable[..., Home]


@pytest.fixture
def make_home(gateway: Callable[..., Gateway], background: Background) -> MakeHome:
    """Starts one; `lmtp` is another port for his mail than the store's, `hop` what the host of old.example knows."""

    def make(hop: Behaviour = PLAIN, *, lmtp: int = 0, **more: Any) -> Home:
        out, store = start_sink(background, hop), start_sink(background, Behaviour(lmtp=True))
        config = to_sinks(old=out)
        place = f"127.0.0.1:{lmtp or store.port}"
        config["routes"].append({"name": "local", "when": {"local": True}, "deliver": {"lmtp": [place]}})
        server = submissions(gateway, out, workers=2, **(config | more))
        server.gateway.cli("domain", "add", "bücher.example")
        password = server.gateway.account(JOERG)
        wait_for(lambda: _logs_in(server, JOERG, password), what="the account to count")
        return Home(server, out, store, password)

    return make


def _logs_in(server: Submissions, name: str, password: str) -> bool:
    with Client(server.starttls, timeout=20) as client:
        client.greet()
        return client.plain(name, password).code == 235


def test_one_account_however_it_is_typed(make_home: MakeHome) -> None:
    home = make_home()
    assert {way: _logs_in(home.server, name, home.password) for way, name in WAYS.items()} == dict.fromkeys(WAYS, True)
    assert not _logs_in(home.server, "jorg@bücher.example", home.password)
    for name in WAYS.values():
        assert home.submit(name).taken
    with Client(home.server.gateway.port, timeout=20) as client:
        client.greet()
        octets = b"From: eve@far.example\r\nSubject: hi\r\n\r\nHi.\r\n"
        done = submit(client, "eve@far.example", list(WAYS.values()), octets, parameters="SMTPUTF8")
    assert [answer.code for answer in done.recipients] == [250] * len(WAYS)


@pytest.mark.peer("msmtp", "swaks")
@pytest.mark.parametrize("mechanism", ["plain", "login", "scram-sha-256"])
@pytest.mark.parametrize("way", ["as it is", "decomposed"])
def test_msmtp(way: str, mechanism: str, make_home: MakeHome, tmp_path: Path) -> None:
    """It prepares names itself for SCRAM (RFC 4013), and sends them as they are otherwise. It knows no SMTPUTF8: what
    it sends has an ASCII address of the account in the envelope."""
    home = make_home()
    home.server.gateway.cli("account", "address", "add", JOERG, ASCII)
    file = tmp_path / "msmtprc"
    file.write_text(
        f"account default\nhost localhost\nport {home.server.starttls}\nfrom {ASCII_ON_THE_WIRE}\nuser {WAYS[way]}\n"
        f"password {home.password}\nauth {mechanism}\ntls on\ntls_trust_file {home.server.certificate}\n"
    )
    file.chmod(0o600)
    octets = f"From: {ASCII_ON_THE_WIRE}\r\nSubject: hi\r\n\r\nHi.\r\n".encode()
    done = run([installed("msmtp"), "-C", str(file), "--", TO], octets)
    assert done.status == 0, done.said
    assert one(home.out).sender == ASCII_ON_THE_WIRE


def test_mail_to_a_host_with_smtputf8(make_home: MakeHome) -> None:
    home = make_home()
    assert home.submit().taken
    message = one(home.out)
    assert message.sender == JOERG
    assert message.smtputf8
    assert parse(message.octets).text("Subject") == "Grüße"
    assert message.violations == ()


def test_mail_to_a_host_without_smtputf8(make_home: MakeHome) -> None:
    """With an ASCII alias it goes, rewritten."""
    aliases = {"ascii_aliases": {JOERG: ASCII}}
    home = make_home(LEGACY, **aliases)
    assert home.submit().taken
    message = one(home.out)
    assert message.sender == ASCII_ON_THE_WIRE
    assert message.octets.isascii()
    assert f"<{ASCII_ON_THE_WIRE}>".encode() in message.octets
    assert message.violations == ()


def test_no_way_to_a_host_without_smtputf8(make_home: MakeHome) -> None:
    """Jörg is told at once, in his own mailbox."""
    home = make_home(LEGACY)
    assert home.submit().taken
    report = one(home.store)
    assert [each.address for each in report.recipients] == [JOERG]
    assert b"Status: 5.6.7" in report.octets
    assert home.out.messages == []


@pytest.fixture
def dovecot(tmp_path: Path) -> Iterator[DovecotLmtp]:
    with ExitStack() as stack:
        yield stack.enter_context(DovecotLmtp(tmp_path / "dovecot"))


@pytest.mark.peer("dovecot", "lmtp")
@pytest.mark.skipif(os.getuid() != 0, reason="needs root: Dovecot starts as root only")
def test_mail_into_dovecot(make_home: MakeHome, dovecot: DovecotLmtp) -> None:
    """Its LMTP has no SMTPUTF8 and takes no address that is not ASCII: the mailbox goes by the ASCII alias."""
    home = make_home(lmtp=dovecot.port, ascii_aliases={JOERG: ASCII})
    assert home.submit(to=JOERG).taken
    [stored] = wait_for(lambda: dovecot.mailbox(ASCII_ON_THE_WIRE), what=f"mail in the mailbox: {dovecot.log()}")
    assert stored.isascii()
    assert b"Subject: =?utf-8?" in stored
    assert f"Return-Path: <{ASCII_ON_THE_WIRE}>".encode() in stored
