"""offlineimap keeps a Maildir and an account alike, both ways."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.letters import letter
from tests.support.mail_server import AL, MailServer, looking, lying, names, put
from tests.support.peers import installed

pytestmark = pytest.mark.peer("offlineimap")

SETTINGS = """\
[general]
accounts = al
metadata = {folder}/metadata
maxsyncaccounts = 1
ui = basic

[Account al]
localrepository = near
remoterepository = far

[Repository near]
type = Maildir
localfolders = {folder}/mail
sep = /
utf8foldernames = no

[Repository far]
type = IMAP
remotehost = localhost
remoteport = {port}
remoteuser = {user}
remotepass = {password}
ssl = {ssl}
starttls = {starttls}
sslcacertfile = {certificate}
expunge = yes
maxconnections = {connections}
"""


class Offlineimap:
    """With a Maildir of its own."""

    def __init__(self, folder: Path, server: MailServer, *, tls: str = "implicit", connections: int = 1) -> None:
        self.mail = folder / "mail"
        self._folder = folder
        port = server.tls_port if tls == "implicit" else server.port
        settings = SETTINGS.format(
            folder=folder, port=port, user=AL, password=server.password, certificate=server.certificate,
            ssl="yes" if tls == "implicit" else "no", starttls="yes" if tls == "starttls" else "no",
            connections=connections,
        )  # fmt: skip
        (folder / "offlineimaprc").write_text(settings)

    def run(self) -> str:
        """One synchronization; what it said."""
        command = [installed("offlineimap"), "-o", "-c", str(self._folder / "offlineimaprc")]
        environment = {"HOME": str(self._folder), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        done = subprocess.run(command, check=False, capture_output=True, timeout=60, env=environment)
        said = done.stdout.decode() + done.stderr.decode()
        assert done.returncode == 0, said
        assert "ERROR" not in said, said
        return said

    def files(self, mailbox: str) -> list[Path]:
        return sorted(file for part in ("cur", "new") for file in (self.mail / mailbox / part).glob("*"))

    def flags(self, mailbox: str) -> dict[str, str]:
        """Of each message, by its subject."""
        found = {}
        for file in self.files(mailbox):
            subject = file.read_bytes().partition(b"Subject: ")[2].partition(b"\n")[0].decode()
            found[subject] = file.name.partition(":2,")[2]
        return found


@pytest.mark.parametrize("tls", ["none", "starttls", "implicit"])
def test_first_synchronization(tmp_path: Path, mail_server: MailServer, tls: str) -> None:
    mail_server.deliver(letter("delivered"))
    with looking(mail_server) as eyes:
        eyes.create_folder("Gärten/Äpfel")
        put(eyes, "Gärten/Äpfel", letter("grafting", "Baum\r\n" * 10_000), r"\Seen", r"\Flagged")
    offlineimap = Offlineimap(tmp_path, mail_server, tls=tls)
    offlineimap.run()
    assert offlineimap.flags("INBOX") == {"delivered": ""}
    assert offlineimap.flags("G&AOQ-rten/&AMQ-pfel") == {"grafting": "FS"}
    [file] = offlineimap.files("G&AOQ-rten/&AMQ-pfel")
    assert file.read_bytes().replace(b"\n", b"\r\n") == letter("grafting", "Baum\r\n" * 10_000)
    assert {"Drafts", "Sent", "Archive", "Junk", "Trash"} <= {each.name for each in offlineimap.mail.iterdir()}


def test_both_sides_change(tmp_path: Path, mail_server: MailServer) -> None:
    with looking(mail_server) as eyes:
        for name in ("kept", "read", "binned", "starred", "gone"):
            put(eyes, "INBOX", letter(name))
    offlineimap = Offlineimap(tmp_path, mail_server, connections=3)
    offlineimap.run()
    assert set(offlineimap.flags("INBOX")) == {"kept", "read", "binned", "starred", "gone"}

    for file in offlineimap.files("INBOX"):
        if b"Subject: read" in file.read_bytes():
            file.rename(offlineimap.mail / "INBOX/cur" / f"{file.name.partition(':')[0]}:2,S")
        elif b"Subject: binned" in file.read_bytes():
            file.unlink()
    (offlineimap.mail / "INBOX/new/1.fresh").write_bytes(letter("fresh").replace(b"\r\n", b"\n"))
    for part in ("cur", "new", "tmp"):
        (offlineimap.mail / "Reise" / part).mkdir(parents=True)
    (offlineimap.mail / "Reise/cur/2.ticket:2,S").write_bytes(letter("ticket").replace(b"\r\n", b"\n"))
    with looking(mail_server) as eyes:
        eyes.select_folder("INBOX")
        eyes.add_flags(eyes.search(["SUBJECT", "starred"]), [r"\Flagged"])
        eyes.delete_messages(eyes.search(["SUBJECT", "gone"]))
        eyes.expunge()
    offlineimap.run()

    assert offlineimap.flags("INBOX") == {"kept": "", "read": "S", "starred": "F", "fresh": ""}
    with looking(mail_server) as eyes:
        there = {each.subject: each.flags for each in lying(eyes, "INBOX")}
        assert there == {"kept": set(), "read": {r"\Seen"}, "starred": {r"\Flagged"}, "fresh": set()}
        assert "Reise" in names(eyes)
        assert {each.subject: each.flags for each in lying(eyes, "Reise")} == {"ticket": {r"\Seen"}}
    again = offlineimap.run()
    assert "Copy message" not in again
    assert "Adding flag" not in again
