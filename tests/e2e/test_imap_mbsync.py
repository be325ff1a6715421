"""mbsync keeps a Maildir and an account alike, both ways."""

import subprocess
from pathlib import Path

import pytest

from tests.support.letters import letter
from tests.support.mail_server import AL, MailServer, looking, lying, names, put
from tests.support.peers import installed

pytestmark = pytest.mark.peer("mbsync")

SETTINGS = """\
IMAPAccount al
Host localhost
Port {port}
User {user}
Pass {password}
SSLType {tls}
CertificateFile {certificate}

IMAPStore far
Account al

MaildirStore near
Path {folder}/mail/
Inbox {folder}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Remove Both
Expunge Both
SyncState *
"""


class Mbsync:
    """With a Maildir of its own."""

    def __init__(self, folder: Path, server: MailServer, tls: str) -> None:
        self.mail = folder / "mail"
        self.mail.mkdir()
        self._settings = folder / "mbsyncrc"
        port = server.tls_port if tls == "IMAPS" else server.port
        self._settings.write_text(
            SETTINGS.format(
                port=port, user=AL, password=server.password, tls=tls, certificate=server.certificate, folder=folder
            )
        )

    def run(self) -> str:
        """One synchronization of all mailboxes; what it said."""
        command = [installed("mbsync"), "-c", str(self._settings), "-V", "all"]
        done = subprocess.run(command, check=False, capture_output=True, timeout=60)
        said = done.stdout.decode() + done.stderr.decode()
        assert done.returncode == 0, said
        assert "Warning" not in said
        return said

    def files(self, mailbox: str) -> list[Path]:
        return sorted(file for part in ("cur", "new") for file in (self.mail / mailbox / part).glob("*"))

    def flags(self, mailbox: str) -> dict[str, str]:
        """Of each message, by its Message-ID's local part."""
        return {_name(file.read_bytes()): file.name.partition(":2,")[2] for file in self.files(mailbox)}


def _name(octets: bytes) -> str:
    return octets.partition(b"Message-ID: <")[2].partition(b"@")[0].decode()


@pytest.mark.parametrize("tls", ["None", "STARTTLS", "IMAPS"])
def test_first_synchronization(tmp_path: Path, mail_server: MailServer, tls: str) -> None:
    """What is there arrives octet by octet with its flags, all mailboxes too."""
    mail_server.deliver(letter("delivered"))
    with looking(mail_server) as eyes:
        eyes.create_folder("Projekte/Gärtnerei & Söhne")
        put(eyes, "Projekte/Gärtnerei & Söhne", letter("rosen"), r"\Seen", r"\Flagged")
        put(eyes, "INBOX", letter("long", "x" * 990 + "\r\n" + "Zeile\r\n" * 40_000), r"\Answered")
    mbsync = Mbsync(tmp_path, mail_server, tls)
    mbsync.run()
    assert mbsync.flags("INBOX") == {"delivered": "", "long": "R"}
    assert mbsync.flags("Projekte/G&AOQ-rtnerei &- S&APY-hne") == {"rosen": "FS"}
    with looking(mail_server) as eyes:
        there = {each.octets.replace(b"\r\n", b"\n") for each in lying(eyes, "INBOX")}
    assert {_unmarked(file.read_bytes()) for file in mbsync.files("INBOX")} == there
    assert {"Drafts", "Sent", "Archive", "Junk", "Trash"} <= {each.name for each in mbsync.mail.iterdir()}


def _unmarked(octets: bytes) -> bytes:
    """Without the field that mbsync marks its copies with."""
    head, _, rest = octets.partition(b"X-TUID: ")
    return head + rest.partition(b"\n")[2] if rest else octets


def test_both_sides_change(tmp_path: Path, mail_server: MailServer) -> None:
    with looking(mail_server) as eyes:
        for name in ("kept", "read", "binned", "starred", "gone"):
            put(eyes, "INBOX", letter(name))
    mbsync = Mbsync(tmp_path, mail_server, "IMAPS")
    mbsync.run()
    assert set(mbsync.flags("INBOX")) == {"kept", "read", "binned", "starred", "gone"}

    for file in mbsync.files("INBOX"):
        name = _name(file.read_bytes())
        if name == "read":
            file.rename(mbsync.mail / "INBOX/cur" / f"{file.name.partition(':')[0]}:2,S")
        if name == "binned":
            file.unlink()
    (mbsync.mail / "INBOX/new/1.fresh").write_bytes(letter("fresh").replace(b"\r\n", b"\n"))
    with looking(mail_server) as eyes:
        eyes.select_folder("INBOX")
        [starred] = eyes.search(["SUBJECT", "starred"])
        [gone] = eyes.search(["SUBJECT", "gone"])
        eyes.add_flags([starred], [r"\Flagged"])
        eyes.delete_messages([gone])
        eyes.expunge()
    mbsync.run()

    assert mbsync.flags("INBOX") == {"kept": "", "read": "S", "starred": "F", "fresh": ""}
    with looking(mail_server) as eyes:
        there = {each.subject: each.flags for each in lying(eyes, "INBOX")}
    assert there == {"kept": set(), "read": {r"\Seen"}, "starred": {r"\Flagged"}, "fresh": set()}
    assert not any(set(line.split()) & {"+1", "*1", "#1"} for line in mbsync.run().splitlines()), "it wants to settle"


def test_new_mailboxes_on_both_sides(tmp_path: Path, mail_server: MailServer) -> None:
    mbsync = Mbsync(tmp_path, mail_server, "IMAPS")
    mbsync.run()
    for part in ("cur", "new", "tmp"):
        (mbsync.mail / "Reisen/&ZeVnLIqe-" / part).mkdir(parents=True)
        (mbsync.mail / "Reisen" / part).mkdir(parents=True)
    (mbsync.mail / "Reisen/&ZeVnLIqe-/new/1.ticket").write_bytes(letter("ticket").replace(b"\r\n", b"\n"))
    with looking(mail_server) as eyes:
        eyes.create_folder("Übung")
        put(eyes, "Übung", letter("lesson"))
        eyes.create_folder("Leer")
    mbsync.run()
    assert mbsync.flags("&ANw-bung") == {"lesson": ""}
    with looking(mail_server) as eyes:
        assert {"Reisen", "Reisen/日本語", "Übung"} <= names(eyes)
        assert [each.subject for each in lying(eyes, "Reisen/日本語")] == ["ticket"]
        eyes.delete_folder("Leer")
    assert (mbsync.mail / "Leer/cur").exists()
    mbsync.run()
    assert not (mbsync.mail / "Leer/cur").exists()


def test_a_thousand_messages(tmp_path: Path, mail_server: MailServer) -> None:
    """They arrive in both directions, each once, and the next synchronization finds nothing to do."""
    mbsync = Mbsync(tmp_path, mail_server, "IMAPS")
    mbsync.run()
    for number in range(1_000):
        octets = letter(f"n{number}").replace(b"\r\n", b"\n")
        (mbsync.mail / "INBOX/cur" / f"{number}.here:2,{'S' * (number % 2)}").write_bytes(octets)
    mbsync.run()
    with looking(mail_server) as eyes:
        there = lying(eyes, "INBOX")
    assert sorted(int(each.subject[1:]) for each in there) == list(range(1_000))
    assert all((r"\Seen" in each.flags) is bool(int(each.subject[1:]) % 2) for each in there)
