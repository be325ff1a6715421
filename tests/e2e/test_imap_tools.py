"""The library imap-tools: mailboxes, messages, flags, IDLE."""

import datetime as dt
from collections.abc import Iterator

import pytest
from imap_tools import AND, MailBox, MailBoxStartTls, MailMessageFlags

from tests.e2e.test_imap_imaplib import trusting
from tests.support.letters import letter
from tests.support.mail_server import AL, MailServer


@pytest.fixture
def box(mail_server: MailServer) -> Iterator[MailBox]:
    connection = MailBox("localhost", mail_server.tls_port, timeout=20, ssl_context=trusting(mail_server))
    with connection.login(AL, mail_server.password) as made:
        assert isinstance(made, MailBox)
        yield made


def test_starttls(mail_server: MailServer) -> None:
    connection = MailBoxStartTls("localhost", mail_server.port, timeout=20, ssl_context=trusting(mail_server))
    with connection.login(AL, mail_server.password) as box:
        assert list(box.fetch()) == []


def test_messages(box: MailBox) -> None:
    box.append(letter("=?utf-8?q?Gr=C3=BC=C3=9Fe?="), "INBOX", dt=dt.datetime(2026, 11, 22, 8, 0, tzinfo=dt.UTC))
    box.append(letter("other"), "INBOX", flag_set=[MailMessageFlags.FLAGGED])
    [message] = box.fetch(AND(subject="Grüße"), charset="UTF-8", mark_seen=False)
    assert (message.subject, message.from_, message.to) == ("Grüße", "bo@x.example", ("al@home.example",))
    assert message.text == "All is well.\r\n"
    assert message.flags in ((), (r"\Recent",))
    assert [each.subject for each in box.fetch(AND(flagged=True), headers_only=True)] == ["other"]
    assert [each.subject for each in box.fetch(reverse=True, bulk=True)] == ["other", "Grüße"]
    assert box.numbers() == ["1", "2"]
    assert box.uids(AND(seen=True)) == ["1", "2"], "they were fetched"


def test_flags_and_mailboxes(box: MailBox) -> None:
    for name in ("one", "two", "three"):
        box.append(letter(name), "INBOX")
    box.folder.create("Ablage/Müll")
    assert "Ablage/Müll" in [each.name for each in box.folder.list()]
    box.flag(["1"], [MailMessageFlags.ANSWERED], value=True)
    assert box.uids(AND(answered=True)) == ["1"]
    box.move(["1"], "Ablage/Müll")
    box.copy(["2"], "Ablage/Müll")
    box.delete(["3"])
    assert box.uids() == ["2"]
    assert box.folder.status("Ablage/Müll")["MESSAGES"] == 2
    box.folder.set("Ablage/Müll")
    assert [each.subject for each in box.fetch()] == ["one", "two"]
    box.folder.set("INBOX")
    box.folder.rename("Ablage/Müll", "Ablage/Rest")
    box.folder.delete("Ablage/Rest")
    assert not box.folder.exists("Ablage/Rest")


def test_idle(box: MailBox, mail_server: MailServer) -> None:
    with box.idle as idle:
        mail_server.deliver(letter("news"))
        told = b"".join(idle.poll(timeout=20))
    assert b"EXISTS" in told
    assert [each.subject for each in box.fetch()] == ["news"]
