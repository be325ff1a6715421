"""getmail takes mail from an account and hands it to a program."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.letters import letter
from tests.support.mail_server import AL, MailServer, looking, lying, put
from tests.support.peers import installed

pytestmark = pytest.mark.peer("getmail")

SETTINGS = """\
[retriever]
type = SimpleIMAPSSLRetriever
server = localhost
port = {port}
username = {user}
password = {password}
ca_certs = {certificate}
mailboxes = {mailboxes}
timeout = 20

[destination]
type = MDA_external
path = /bin/sh
arguments = ("-c", "cat > {folder}/mail/$(date +%s%N)-$$")
unixfrom = false
allow_root_commands = true

[options]
read_all = false
delete = {delete}
delivered_to = false
received = false
message_log = {folder}/log
"""


def getmail(folder: Path, server: MailServer, *, mailboxes: str = '("INBOX",)', delete: bool = False) -> str:
    """One run; what it said."""
    (folder / "mail").mkdir(exist_ok=True)
    settings = SETTINGS.format(
        port=server.tls_port, user=AL, password=server.password, certificate=server.certificate, mailboxes=mailboxes,
        folder=folder, delete="true" if delete else "false",
    )  # fmt: skip
    (folder / "getmailrc").write_text(settings)
    command = [installed("getmail"), "--getmaildir", str(folder), "--rcfile", str(folder / "getmailrc"), "--verbose"]
    environment = {"HOME": str(folder), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, check=False, capture_output=True, timeout=60, env=environment)
    said = done.stdout.decode() + done.stderr.decode()
    assert done.returncode == 0, said
    return said


def taken(folder: Path) -> list[bytes]:
    """The letters, without the fields that getmail puts above and below theirs."""
    texts = [file.read_bytes().replace(b"\r\n", b"\n") for file in (folder / "mail").iterdir()]
    letters = [text[text.index(b"From: Bo") :] for text in texts]
    return sorted(re.sub(rb"(?m)^X-getmail-.*\n", b"", each) for each in letters)


def test_each_message_is_taken_once(tmp_path: Path, mail_server: MailServer) -> None:
    mail_server.deliver(letter("one"))
    mail_server.deliver(letter("two", "Zeile\r\n" * 20_000))
    getmail(tmp_path, mail_server)
    both = sorted(each.replace(b"\r\n", b"\n") for each in (letter("one"), letter("two", "Zeile\r\n" * 20_000)))
    assert taken(tmp_path) == both
    assert "0 messages (0 bytes) retrieved" in getmail(tmp_path, mail_server)
    mail_server.deliver(letter("three"))
    getmail(tmp_path, mail_server)
    assert len(taken(tmp_path)) == 3


def test_what_was_taken_is_deleted(tmp_path: Path, mail_server: MailServer) -> None:
    """From all mailboxes, also those with names beyond ASCII."""
    with looking(mail_server) as eyes:
        eyes.create_folder("Bücher")
        put(eyes, "Bücher", letter("book"))
        put(eyes, "INBOX", letter("one"), r"\Seen")
    getmail(tmp_path, mail_server, mailboxes='("INBOX", "Bücher")', delete=True)
    assert taken(tmp_path) == [letter(name).replace(b"\r\n", b"\n") for name in ("book", "one")]
    with looking(mail_server) as eyes:
        assert lying(eyes, "INBOX") == lying(eyes, "Bücher") == []
