"""aerc at work in an account, on a screen: a client in Go that holds IDLE all the time."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.letters import letter
from tests.support.mail_server import AL, MailServer, looking, lying, names, put
from tests.support.patience import wait_for
from tests.support.peers import installed
from tests.support.screen import Screen

pytestmark = [pytest.mark.peer("aerc"), pytest.mark.peer("tmux")]

ACCOUNTS = """\
[al]
source = {scheme}://{user}:{password}@localhost:{port}
outgoing = {folder}/sendmail
from = Al <al@home.example>
copy-to = Sent
default = INBOX
cache-headers = {cache}
"""
CONFIGURATION = """\
[general]
unsafe-accounts-conf = true
[ui]
dirlist-delay = 0ms
[compose]
editor = {folder}/editor
[filters]
text/plain = cat
"""
Open = Callable[..., AbstractContextManager[Screen]]


@pytest.fixture
def opened(tmp_path: Path, mail_server: MailServer) -> Open:
    """Starts it with the inbox open. Its editor adds a line; what it sends lies in a file."""
    for name, script in (("editor", 'echo "Danke schön!" >> "$1"'), ("sendmail", f"cat > {tmp_path}/sent")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)

    @contextmanager
    def start(*, scheme: str = "imaps", cache: str = "false") -> Iterator[Screen]:
        folder = tmp_path / "aerc"
        folder.mkdir(exist_ok=True)
        port = mail_server.tls_port if scheme == "imaps" else mail_server.port
        accounts = ACCOUNTS.format(
            scheme=scheme, user=quote(AL), password=quote(mail_server.password), port=port, folder=tmp_path, cache=cache
        )
        (folder / "accounts.conf").write_text(accounts)
        (folder / "accounts.conf").chmod(0o600)
        (folder / "aerc.conf").write_text(CONFIGURATION.format(folder=tmp_path))
        environment = {
            "HOME": str(tmp_path),
            "XDG_CONFIG_HOME": str(tmp_path),
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
            "SSL_CERT_FILE": str(mail_server.certificate),
            "SSL_CERT_DIR": "/nonexistent",
        }
        with Screen([installed("aerc")], environment) as screen:
            screen.until("INBOX", "Sent")
            yield screen
            screen.type(":quit -f")
            assert screen.end() == 0, screen.shown

    return start


@pytest.mark.parametrize("scheme", ["imap+insecure", "imap", "imaps"])
def test_a_message_is_read(opened: Open, mail_server: MailServer, scheme: str) -> None:
    mail_server.deliver(letter("=?utf-8?q?Rosen_im_G=C3=A4rtchen?=", "Sie haben Dornen.\r\n"))
    with opened(scheme=scheme) as screen:
        assert "Bo Berg" in screen.until("Rosen im Gärtchen", "Archive", "Drafts", "Junk", "Trash")
        screen.press("Enter")
        screen.until("Sie haben Dornen.", "Subject: Rosen im Gärtchen")
        screen.press("q")
    with looking(mail_server) as eyes:
        assert [each.flags for each in lying(eyes, "INBOX")] == [{r"\Seen"}]


def test_a_reply_is_kept(opened: Open, mail_server: MailServer, tmp_path: Path) -> None:
    mail_server.deliver(letter("Frage", "Kommst du?\r\n"))
    with opened() as screen:
        screen.until("Frage")
        screen.type(":reply -q")
        screen.until("Send this email?", "Re: Frage")
        screen.press("y")
        wait_for((tmp_path / "sent").exists, what="the reply")
        with looking(mail_server) as eyes:
            [reply] = wait_for(lambda: lying(eyes, "Sent"), what="the copy in Sent")
            wait_for(lambda: r"\Answered" in lying(eyes, "INBOX")[0].flags, what="the mark of the reply")
    assert b"> Kommst du?\r\n" in reply.octets
    assert b"Danke sch=C3=B6n!" in reply.octets
    assert reply.subject == "Re: Frage"


def test_messages_are_moved_and_deleted(opened: Open, mail_server: MailServer) -> None:
    with looking(mail_server) as eyes:
        for subject in ("junk", "keep", "file"):
            put(eyes, "INBOX", letter(subject))
    with opened() as screen:
        screen.until("junk", "keep", "file")
        screen.type(":filter junk")
        screen.without("keep")
        screen.type(":select 0")
        screen.type(":delete")
        screen.until("Messages deleted.")
        screen.type(":clear")
        screen.until("keep", "file")
        screen.type(":filter file")
        screen.without("keep")
        screen.type(":select 0")
        screen.type(":move -p Ablage/Schränke")
        screen.until("Ablage")
        screen.type(":clear")
        assert "file" not in screen.until("keep")
    with looking(mail_server) as eyes:
        assert [each.subject for each in lying(eyes, "INBOX")] == ["keep"]
        assert "Ablage/Schränke" in names(eyes)
        assert [each.subject for each in lying(eyes, "Ablage/Schränke")] == ["file"]


def test_the_server_searches(opened: Open, mail_server: MailServer) -> None:
    with looking(mail_server) as eyes:
        put(eyes, "INBOX", letter("roses", "Content here: dornige Blueten\r\n"))
        put(eyes, "INBOX", letter("violets", "Content here: nichts\r\n"))
    with opened() as screen:
        screen.until("roses", "violets")
        screen.type(":filter -b dornige")
        assert "roses" in screen.without("violets")
        screen.type(":clear")
        screen.until("roses", "violets")


def test_mailboxes_of_all_names(opened: Open, mail_server: MailServer) -> None:
    with looking(mail_server) as eyes:
        eyes.create_folder("Gärten & Höfe")
        eyes.create_folder("Gärten & Höfe/日本語")
        put(eyes, "Gärten & Höfe/日本語", letter("bonsai"))
    with opened() as screen:
        screen.until("Gärten & Höfe")
        screen.type(":cf 'Gärten & Höfe/日本語'")
        screen.until("bonsai")
        screen.type(":mkdir Übung")
        screen.until("Übung")
    with looking(mail_server) as eyes:
        assert "Übung" in names(eyes)


def test_mail_arrives_meanwhile(opened: Open, mail_server: MailServer) -> None:
    """IDLE: it shows by itself, and what another program does too."""
    with opened() as screen:
        mail_server.deliver(letter("first"))
        screen.until("first")
        mail_server.deliver(letter("second"))
        screen.until("first", "second")
        with looking(mail_server) as eyes:
            eyes.select_folder("INBOX")
            eyes.delete_messages(eyes.search(["SUBJECT", "first"]))
            eyes.expunge()
        assert "second" in screen.without("first")
