"""curl asks, searches, sends and fetches with IMAP URLs."""

import subprocess
from pathlib import Path

import pytest

from tests.support.letters import letter
from tests.support.mail_server import AL, MailServer, looking, lying, names, put
from tests.support.peers import installed

pytestmark = pytest.mark.peer("curl")


def curl(server: MailServer, path: str, *options: str, scheme: str = "imaps", ok: bool = True) -> bytes:
    """What it writes for this URL."""
    port = server.tls_port if scheme == "imaps" else server.port
    command = [installed("curl"), "--silent", "--show-error", "--cacert", str(server.certificate), "--max-time", "20"]
    command += ["--user", f"{AL}:{server.password}", *options, f"{scheme}://localhost:{port}/{path}"]
    done = subprocess.run(command, check=False, capture_output=True, timeout=40)
    assert (done.returncode == 0) is ok, (done.stdout, done.stderr)
    return done.stdout if ok else done.stderr


@pytest.mark.parametrize(("scheme", "more"), [("imap", []), ("imap", ["--ssl-reqd"]), ("imaps", [])])
def test_mailboxes_are_listed(mail_server: MailServer, scheme: str, more: list[str]) -> None:
    listed = curl(mail_server, "", *more, scheme=scheme).decode().splitlines()
    assert {line.split()[-1].strip('"') for line in listed} >= {"INBOX", "Drafts", "Sent", "Archive", "Junk", "Trash"}
    assert all(line.startswith("* LIST (") for line in listed)


@pytest.mark.parametrize("options", [["--login-options", "AUTH=PLAIN"], ["--login-options", "AUTH=PLAIN", "--sasl-ir"]])
def test_ways_to_log_in(mail_server: MailServer, options: list[str]) -> None:
    assert b"INBOX" in curl(mail_server, "", *options)


def test_a_wrong_password(mail_server: MailServer) -> None:
    assert b"Login denied" in curl(mail_server, "", "--user", f"{AL}:wrong", ok=False)


def test_a_message_is_sent_and_fetched(tmp_path: Path, mail_server: MailServer) -> None:
    """The same octets; also a part, its header, and a range of it."""
    octets = letter("long", "Wörter\r\n" * 20_000)
    (tmp_path / "letter").write_bytes(octets)
    with looking(mail_server) as eyes:
        eyes.create_folder("Entwürfe & mehr")
    folder = "Entw&APw-rfe &- mehr".replace("&", "%26").replace(" ", "%20")
    curl(mail_server, folder, "--upload-file", str(tmp_path / "letter"))
    with looking(mail_server) as eyes:
        [there] = lying(eyes, "Entwürfe & mehr")
    assert there.octets == octets
    assert curl(mail_server, f"{folder};UID={there.uid}") == octets
    assert curl(mail_server, f"{folder};MAILINDEX=1;SECTION=TEXT") == octets.partition(b"\r\n\r\n")[2]
    assert b"Subject: long" in curl(mail_server, f"{folder};UID={there.uid};SECTION=HEADER.FIELDS%20(SUBJECT)")
    assert curl(mail_server, f"{folder};UID={there.uid};PARTIAL=0.10") == octets[:10]


def test_search(mail_server: MailServer) -> None:
    with looking(mail_server) as eyes:
        for name in ("apples", "pears", "apple pie"):
            put(eyes, "INBOX", letter(name))
    assert curl(mail_server, "INBOX?SUBJECT%20apple").strip() == b"* SEARCH 1 3"
    assert curl(mail_server, "INBOX?NEW%20SUBJECT%20figs").strip() in (b"* SEARCH", b"")


def test_commands_of_ones_own(mail_server: MailServer) -> None:
    """`--request`: flags, mailboxes, status, capabilities; what curl names in a LIST comes as it came."""
    with looking(mail_server) as eyes:
        put(eyes, "INBOX", letter("one"))
    assert b"FLAGS (" in curl(mail_server, "INBOX", "--request", r"STORE 1 +FLAGS (\Flagged)")
    assert b"MESSAGES 1" in curl(mail_server, "", "--request", "STATUS INBOX (MESSAGES UIDNEXT)")
    assert b"IMAP4rev1" in curl(mail_server, "", "--request", "CAPABILITY")
    curl(mail_server, "", "--request", "CREATE Neu")
    assert curl(mail_server, "INBOX", "--request", "EXPUNGE") == b""
    curl(mail_server, "INBOX", "--request", r"STORE 1 +FLAGS.SILENT (\Deleted)")
    assert b"* 1 EXPUNGE" in curl(mail_server, "INBOX", "--request", "EXPUNGE")
    with looking(mail_server) as eyes:
        assert lying(eyes, "INBOX") == []
        assert "Neu" in names(eyes)


def test_a_message_that_is_not_there(mail_server: MailServer) -> None:
    assert curl(mail_server, "INBOX;UID=4711", ok=False)
    assert curl(mail_server, "Nowhere;UID=1", ok=False)
