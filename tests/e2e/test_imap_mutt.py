"""mutt and neomutt at work in an account, on a screen: what a person sees there and does."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.support.letters import letter
from tests.support.mail_server import AL, MailServer, looking, lying, names, put
from tests.support.patience import wait_for
from tests.support.peers import installed
from tests.support.screen import Screen

pytestmark = [pytest.mark.peer("mutt"), pytest.mark.peer("neomutt"), pytest.mark.peer("tmux")]

SETTINGS = """\
set folder="{scheme}://localhost:{port}/"
set spoolfile="+INBOX"
set imap_user="{user}"
set imap_pass="{password}"
set ssl_starttls={starttls}
set ssl_force_tls={force}
set ssl_ca_certificates_file="{certificate}"
set certificate_file="{folder}/certificates"
set from="{user}"
set record="=Sent"
set postponed="=Drafts"
set trash="=Trash"
set editor="{folder}/editor"
set sendmail="{folder}/sendmail"
set send_charset="us-ascii:utf-8"
set include=yes
set delete=yes
set confirmappend=no
set confirmcreate=no
set sleep_time=0
set wait_key=no
set timeout=1
set mail_check=1
set imap_idle=yes
set sort=date-received
set imap_list_subscribed=no
set collapse_unread=no
{more}
"""
Open = Callable[..., AbstractContextManager[Screen]]


@pytest.fixture(params=["mutt", "neomutt"])
def opened(request: pytest.FixtureRequest, tmp_path: Path, mail_server: MailServer) -> Open:
    """Starts the program with the inbox open. Its editor adds a line; what it sends lies in a file."""
    for name, script in (("editor", 'echo "Danke schön!" >> "$1"'), ("sendmail", f"cat > {tmp_path}/sent")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)

    @contextmanager
    def start(*, tls: str = "implicit", more: str = "") -> Iterator[Screen]:
        settings = SETTINGS.format(
            scheme="imaps" if tls == "implicit" else "imap",
            port=mail_server.tls_port if tls == "implicit" else mail_server.port,
            starttls="yes" if tls == "starttls" else "no", force="no" if tls == "none" else "yes",
            user=AL, password=mail_server.password, certificate=mail_server.certificate, folder=tmp_path, more=more,
        )  # fmt: skip
        (tmp_path / "muttrc").write_text(settings)
        command = [installed(request.param), "-n", "-F", str(tmp_path / "muttrc")]
        with Screen(command, {"HOME": str(tmp_path)}) as screen:
            yield screen
            screen.press("q")
            assert screen.end() == 0, screen.shown

    return start


@pytest.mark.parametrize("tls", ["none", "starttls", "implicit"])
def test_a_message_is_read(opened: Open, mail_server: MailServer, tls: str) -> None:
    mail_server.deliver(letter("=?utf-8?q?Rosen_im_G=C3=A4rtchen?=", "Sie haben Dornen.\r\n"))
    with opened(tls=tls) as screen:
        assert "Bo Berg" in screen.until("Rosen im Gärtchen")
        screen.press("Enter")
        screen.until("Sie haben Dornen.", "Subject: Rosen im Gärtchen")
        screen.press("i")
        screen.until("Rosen im Gärtchen")
    with looking(mail_server) as eyes:
        assert [each.flags for each in lying(eyes, "INBOX")] == [{r"\Seen"}]


def test_a_reply_is_kept(opened: Open, mail_server: MailServer, tmp_path: Path) -> None:
    mail_server.deliver(letter("Frage", "Kommst du?\r\n"))
    with opened() as screen:
        screen.until("Frage")
        screen.press("r")
        screen.until("To:")
        screen.press("Enter")
        screen.until("Subject: Re: Frage")
        screen.press("Enter")
        screen.until("Sent", "y:Send")
        screen.press("y")
        screen.until("Mail sent")
    with looking(mail_server) as eyes:
        [reply] = lying(eyes, "Sent")
        assert [each.flags for each in lying(eyes, "INBOX")] == [{r"\Answered", r"\Seen"}]
    assert reply.flags == {r"\Seen"}
    assert reply.subject == "Re: Frage"
    assert b"> Kommst du?\r\nDanke sch\xc3\xb6n!\r\n" in reply.octets
    assert b"> Kommst du?\nDanke" in (tmp_path / "sent").read_bytes()


def test_a_draft_is_kept_and_taken_up_again(opened: Open, mail_server: MailServer, tmp_path: Path) -> None:
    with opened() as screen:
        screen.until("INBOX")
        screen.press("m")
        screen.until("To:")
        screen.type("bo@x.example")
        screen.until("Subject:")
        screen.type("Später")
        screen.until("y:Send")
        screen.press("P")
        screen.until("Message postponed")
        with looking(mail_server) as eyes:
            [draft] = lying(eyes, "Drafts")
        assert b"Danke sch" in draft.octets
        assert r"\Draft" in draft.flags
        screen.press("m")
        if "Recall" in wait_for(lambda: screen.shown if "Recall" in screen.shown or "y:Send" in screen.shown else ""):
            screen.press("y")
        screen.until("y:Send", "Später")
        screen.press("y")
        screen.until("Mail sent")
    assert b"To: bo@x.example" in (tmp_path / "sent").read_bytes()
    with looking(mail_server) as eyes:
        assert lying(eyes, "Drafts") == []
        assert len(lying(eyes, "Sent")) == 1


def test_messages_are_deleted_and_saved(opened: Open, mail_server: MailServer) -> None:
    """Into the trash; into a mailbox that is made for it."""
    with looking(mail_server) as eyes:
        for subject in ("junk", "keep", "file"):
            put(eyes, "INBOX", letter(subject))
    with opened() as screen:
        screen.until("junk", "keep", "file")
        screen.type("/junk")
        screen.press("d")
        screen.type("/file")
        screen.press("s")
        screen.until("Save")
        screen.press("C-a", "C-k")
        screen.type("=Ablage/Schränke")
        screen.press("$")
        shown = screen.without("junk")
        assert "keep" in shown
    with looking(mail_server) as eyes:
        assert [each.subject for each in lying(eyes, "INBOX")] == ["keep"]
        assert [each.subject for each in lying(eyes, "Trash")] == ["junk"]
        assert "Ablage/Schränke" in names(eyes)
        assert [each.subject for each in lying(eyes, "Ablage/Schränke")] == ["file"]


def test_the_server_searches(opened: Open, mail_server: MailServer) -> None:
    """`=b`: a search by the server, in UTF-8."""
    with looking(mail_server) as eyes:
        put(eyes, "INBOX", letter("roses", "Content here: dornige Blüten\r\n"))
        put(eyes, "INBOX", letter("violets", "Content here: nichts\r\n"))
    with opened() as screen:
        screen.until("roses", "violets")
        screen.type("l=b dornige")
        assert "roses" in screen.without("violets")
        screen.type("lall")
        screen.until("roses", "violets")
        screen.type("l~s violets")
        assert "violets" in screen.without("roses")


def test_mailboxes_of_all_names(opened: Open, mail_server: MailServer) -> None:
    """One is named whole, one completed from what the server lists."""
    with looking(mail_server) as eyes:
        eyes.create_folder("Gärten&Höfe")
        eyes.create_folder("Gärten&Höfe/日本語")
        put(eyes, "Gärten&Höfe", letter("hedges"))
        put(eyes, "Gärten&Höfe/日本語", letter("bonsai"))
    with opened() as screen:
        screen.until("INBOX")
        screen.press("c")
        screen.until("mailbox")
        screen.type("=Gärten&Höfe/日本語")
        screen.until("bonsai")
        screen.press("c")
        screen.until("mailbox")
        screen.press("=", "G", "Tab")
        screen.until("Gärten&Höfe")
        screen.press("Enter")
        screen.until("hedges")


def test_mail_arrives_meanwhile(opened: Open, mail_server: MailServer) -> None:
    """IDLE: it shows by itself, and what another program does too."""
    with opened() as screen:
        screen.until("INBOX")
        mail_server.deliver(letter("first"))
        screen.until("first")
        mail_server.deliver(letter("second"))
        screen.until("first", "second")
        with looking(mail_server) as eyes:
            eyes.select_folder("INBOX")
            eyes.delete_messages(eyes.search(["SUBJECT", "first"]))
            eyes.expunge()
        assert "second" in screen.without("first")
