"""Python's own imaplib: all of its commands that servers of today answer."""

import imaplib
import re
import ssl
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.letters import letter
from tests.support.mail_server import AL, MailServer


@pytest.fixture
def connection(mail_server: MailServer) -> Iterator[imaplib.IMAP4]:
    with imaplib.IMAP4_SSL("localhost", mail_server.tls_port, ssl_context=trusting(mail_server), timeout=20) as made:
        made.login(AL, mail_server.password)
        yield made


def trusting(server: MailServer) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=server.certificate)


def done(answer: tuple[str, Any]) -> Any:
    """The data of a command that has to succeed."""
    assert answer[0] == "OK", answer
    return answer[1]


def test_from_greeting_to_logout_over_starttls(mail_server: MailServer) -> None:
    connection = imaplib.IMAP4("localhost", mail_server.port, timeout=20)
    done(connection.starttls(trusting(mail_server)))
    assert "STARTTLS" not in connection.capabilities
    done(connection.authenticate("PLAIN", lambda _: b"\0" + AL.encode() + b"\0" + mail_server.password.encode()))
    done(connection.noop())
    assert connection.logout()[0] == "BYE"


def test_a_message_from_append_to_expunge(connection: imaplib.IMAP4) -> None:
    octets = letter("straight", "a line\r\n" * 5)
    when = imaplib.Time2Internaldate(1_795_334_400)
    [told] = done(connection.append("INBOX", r"(\Seen $Label1)", when, octets))
    [(validity, uid)] = re.findall(rb"APPENDUID (\d+) (\d+)", told)
    assert done(connection.select()) == [b"1"]
    assert connection.response("UIDVALIDITY")[1] == [validity]
    assert int(connection.response("UIDNEXT")[1][0]) == int(uid) + 1
    [(head, found), _] = done(connection.uid("FETCH", uid.decode(), "(UID FLAGS INTERNALDATE RFC822)"))
    assert found == octets
    assert set(imaplib.ParseFlags(head)) - {rb"\Recent"} == {rb"\Seen", b"$Label1"}
    assert imaplib.Internaldate2tuple(head)
    assert b"-2026 " in head
    assert done(connection.search(None, "KEYWORD", "$Label1")) == [b"1"]
    assert done(connection.search("UTF-8", "SUBJECT", '"straight"')) == [b"1"]
    done(connection.create("Elsewhere"))
    done(connection.copy("1", "Elsewhere"))
    done(connection.store("1", "+FLAGS", r"(\Deleted)"))
    assert done(connection.expunge()) == [b"1"]
    [status] = done(connection.status("Elsewhere", "(MESSAGES UNSEEN)"))
    assert status.replace(b'"', b"") == b"Elsewhere (MESSAGES 1 UNSEEN 0)"
    done(connection.close())
    done(connection.rename("Elsewhere", "Nowhere/Else"))
    assert any(b"Nowhere/Else" in each for each in done(connection.list()))
    done(connection.delete("Nowhere/Else"))


def test_sort_and_thread(connection: imaplib.IMAP4) -> None:
    done(connection.append("INBOX", None, None, letter("b", name="first")))
    done(connection.append("INBOX", None, None, letter("a")))
    done(connection.append("INBOX", None, None, letter("Re: b", more="In-Reply-To: <first@x.example>\r\n")))
    connection.select(readonly=True)
    assert done(connection.sort("(SUBJECT)", "UTF-8", "ALL")) == [b"2 1 3"]
    assert done(connection.thread("REFERENCES", "UTF-8", "ALL")) == [b"(1 3)(2)"]
    assert done(connection.uid("SORT", "(REVERSE SUBJECT)", "UTF-8", "ALL")) == [b"1 3 2"]


def test_subscriptions_and_namespace(connection: imaplib.IMAP4) -> None:
    done(connection.create("News"))
    done(connection.subscribe("News"))
    assert any(b"News" in each for each in done(connection.lsub()))
    done(connection.unsubscribe("News"))
    assert not any(b"News" in (each or b"") for each in done(connection.lsub()))
    assert done(connection.namespace())[0].startswith(b'(("" "/"))')
    done(connection.unselect() if connection.state == "SELECTED" else connection.noop())


def test_refusals(connection: imaplib.IMAP4) -> None:
    """NO is told as NO, and the connection goes on."""
    assert connection.select("Nowhere")[0] == "NO"
    done(connection.create("Here"))
    assert connection.create("Here")[0] == "NO"
    assert connection.delete("INBOX")[0] == "NO"
    assert connection.append("Nowhere", None, None, letter("lost"))[0] == "NO"
    with pytest.raises(imaplib.IMAP4.error):
        connection.search(None, "NONSENSE")
    done(connection.noop())


def test_a_wrong_password(mail_server: MailServer) -> None:
    with imaplib.IMAP4_SSL("localhost", mail_server.tls_port, ssl_context=trusting(mail_server), timeout=20) as made:
        with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
            made.login(AL, "wrong")
        done(made.login(AL, mail_server.password))
