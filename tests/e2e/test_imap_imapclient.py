"""The library IMAPClient: what it offers of a server's extensions."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from tests.e2e.test_imap_imaplib import trusting
from tests.support.letters import letter
from tests.support.mail_server import AL, MailServer

WHEN = dt.datetime(2026, 11, 22, 8, 0, tzinfo=dt.UTC)
MIXED = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=edge\r\n"
INVITATION = (
    "--edge\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nKommt!\r\n"
    "--edge\r\nContent-Type: application/pdf; name=karte.pdf\r\nContent-Transfer-Encoding: base64\r\n"
    "Content-Disposition: attachment; filename=karte.pdf\r\n\r\nJVBERi0=\r\n--edge--\r\n"
)


@pytest.fixture
def client(mail_server: MailServer) -> Iterator[Any]:
    context = trusting(mail_server)
    with IMAPClient("localhost", mail_server.tls_port, ssl_context=context, timeout=20) as made:
        made.login(AL, mail_server.password)
        yield made


def test_starttls(mail_server: MailServer) -> None:
    with IMAPClient("localhost", mail_server.port, ssl=False, timeout=20) as client:
        client.starttls(trusting(mail_server))
        with pytest.raises(LoginError):
            client.login(AL, "wrong")
        client.plain_login(AL, mail_server.password)
        assert client.select_folder("INBOX")[b"EXISTS"] == 0


def test_mailboxes(client: Any) -> None:
    client.create_folder("Verein/Ausflüge & Feste")
    client.subscribe_folder("Verein/Ausflüge & Feste")
    folders = {name: flags for flags, _, name in client.list_folders()}
    assert "Verein/Ausflüge & Feste" in folders
    assert client.find_special_folder(rb"\Sent") == "Sent"
    assert client.find_special_folder(rb"\Trash") == "Trash"
    assert "Verein/Ausflüge & Feste" in [name for *_, name in client.list_sub_folders()]
    client.rename_folder("Verein", "Club")
    assert client.folder_exists("Club/Ausflüge & Feste")
    assert client.folder_status("Club/Ausflüge & Feste", ["MESSAGES", "UIDNEXT"]) == {b"MESSAGES": 0, b"UIDNEXT": 1}
    client.delete_folder("Club/Ausflüge & Feste")
    assert not client.folder_exists("Club/Ausflüge & Feste")
    personal, _, _ = client.namespace()
    assert personal == (("", "/"),)


def test_structure_and_envelope(client: Any) -> None:
    client.append("INBOX", letter("Einladung", INVITATION, more=MIXED), (), WHEN)
    client.select_folder("INBOX")
    [uid] = client.search(["SINCE", dt.date(2026, 11, 21), "SUBJECT", "Einladung"], charset="UTF-8")
    wanted = ["ENVELOPE", "BODYSTRUCTURE", "INTERNALDATE", "RFC822.SIZE", "BODY.PEEK[1]", "BODY.PEEK[2]<0.4>", "FLAGS"]
    row = client.fetch([uid], wanted)[uid]
    envelope = row[b"ENVELOPE"]
    assert (envelope.subject, str(envelope.from_[0])) == (b"Einladung", "Bo Berg <bo@x.example>")
    assert envelope.date == WHEN.astimezone().replace(tzinfo=None)
    parts, kind = row[b"BODYSTRUCTURE"][:2]
    assert kind == b"mixed"
    assert [part[0].lower() + b"/" + part[1].lower() for part in parts] == [b"text/plain", b"application/pdf"]
    assert parts[1][2] == (b"name", b"karte.pdf")
    assert row[b"BODY[1]"] == b"Kommt!"
    assert row[b"BODY[2]<0>"] == b"JVBE"
    assert rb"\Seen" not in row[b"FLAGS"]
    client.fetch([uid], ["BODY[TEXT]"])
    assert rb"\Seen" in client.get_flags([uid])[uid]


def test_flags_moves_and_expunges(client: Any) -> None:
    client.create_folder("Away")
    for name in ("one", "two", "three", "four"):
        client.append("INBOX", letter(name))
    client.select_folder("INBOX")
    assert client.add_flags([1, 2], [rb"\Flagged", b"$Work"])[2] >= (rb"\Flagged", b"$Work")
    assert b"$Work" not in client.remove_flags([1], [b"$Work"])[1]
    client.set_flags([3], [rb"\Deleted"])
    client.delete_messages([4])
    client.uid_expunge([4])
    assert client.search() == [1, 2, 3]
    client.move([2], "Away")
    assert client.search() == [1, 3]
    client.expunge()
    assert client.search() == [1]
    client.copy([1], "Away")
    client.select_folder("Away")
    assert [client.get_flags([uid])[uid][0] for uid in client.search(["FLAGGED"])] == [rb"\Flagged"] * 2


def test_sort_and_thread(client: Any) -> None:
    for name, more in (("pears", ""), ("apples", ""), ("Re: pears", "References: <pears@x.example>\r\n")):
        client.append("INBOX", letter(name, more=more))
    client.select_folder("INBOX")
    assert client.sort("SUBJECT") == [2, 1, 3]
    assert client.thread() == ((1, 3), (2,))


def test_idle(client: Any, mail_server: MailServer) -> None:
    """What is delivered meanwhile is told at once."""
    client.select_folder("INBOX")
    client.idle()
    mail_server.deliver(letter("news"))
    told: list[Any] = []
    while (1, b"EXISTS") not in told:
        heard = client.idle_check(timeout=20)
        assert heard, told
        told += heard
    client.idle_done()
    assert client.search() == [1]


def test_multiappend(client: Any) -> None:
    client.multiappend("INBOX", [letter("first"), {"msg": letter("second"), "flags": [rb"\Seen"], "date": WHEN}])
    client.select_folder("INBOX")
    rows = client.fetch([1, 2], ["FLAGS", "BODY.PEEK[]"])
    assert [rows[uid][b"BODY[]"] for uid in (1, 2)] == [letter("first"), letter("second")]
    assert rb"\Seen" in rows[2][b"FLAGS"]


def test_quota_and_id(client: Any) -> None:
    assert client.id_({"name": "test"})
    if client.has_capability("QUOTA"):
        roots, quotas = client.get_quota_root("INBOX")
        assert {each.resource for each in quotas} <= {"STORAGE", "MESSAGE", "MAILBOX"}
        assert roots.mailbox == "INBOX"


def test_enable(client: Any) -> None:
    assert client.enable("CONDSTORE") == [b"CONDSTORE"]
    client.append("INBOX", letter("one"))
    answer = client.select_folder("INBOX")
    modseq = answer[b"HIGHESTMODSEQ"]
    client.add_flags([1], [rb"\Seen"])
    [(_, row)] = client.fetch([1], ["FLAGS"], [f"CHANGEDSINCE {modseq}"]).items()
    assert row[b"MODSEQ"][0] > modseq


def test_refusals(client: Any) -> None:
    with pytest.raises(IMAPClientError):
        client.select_folder("Nowhere")
    with pytest.raises(IMAPClientError):
        client.append("Nowhere", letter("lost"))
    with pytest.raises(IMAPClientError):
        client.delete_folder("Nowhere")
    with pytest.raises(IMAPClientError):
        client.rename_folder("Nowhere", "Somewhere")
    client.noop()
