"""Mail between the gateway and mutt's mbox files and Maildirs, both ways."""

import json
import os
import re
from pathlib import Path

import pytest

from tests.support.commands import Commands
from tests.support.peers import installed
from tests.support.terminal import Terminal

pytestmark = pytest.mark.peer("mutt")

AL = "al@home.example"
FIRST = (
    b"From: a@x.example\nDate: Sun, 22 Nov 2026 08:00:00 +0000\nSubject: one\n\nDear Bo,\n\n>From there\nsome words\n"
)
SECOND = b"From: b@x.example\nDate: Sun, 22 Nov 2026 09:00:00 +0000\nSubject: two\n\nwords\n\n\n"
SETTINGS = """\
set mbox_type={kind}
set folder={folder}
set confirmappend=no
set confirmcreate=no
set copy=yes
set delete=yes
set quit=yes
set move=no
set sleep_time=0
set wait_key=no
set timeout=1
"""


class Mutt:
    """It types."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.folder = folder
        (folder / "rc").write_text(SETTINGS.format(kind=kind, folder=folder))

    def type(self, mailbox: Path, keys: str) -> None:
        command = [installed("mutt"), "-n", "-F", str(self.folder / "rc"), "-f", str(mailbox), "-e", f'push "{keys}"']
        environment = {"HOME": str(self.folder), "TERM": "xterm", "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        with Terminal(command, environment) as terminal:
            assert terminal.end() == 0, terminal.shown


def uncounted(message: bytes) -> bytes:
    """Without what mutt adds to a message that it writes into a Maildir."""
    return re.sub(rb"^Content-Length: \d+\r?\n(?:Lines: \d+\r?\n)?", b"", message, flags=re.MULTILINE)


def copy_all(to: str) -> str:
    return f"<tag-pattern>~A<enter><tag-prefix><copy-message>={to}<enter>"


@pytest.fixture
def gateway_commands(tmp_path: Path) -> Commands:
    commands = Commands(tmp_path)
    commands.ok("account", "add", AL)
    return commands


@pytest.mark.parametrize("kind", ["mbox", "Maildir"])
def test_what_mutt_wrote_comes_in(tmp_path: Path, gateway_commands: Commands, kind: str) -> None:
    raw = tmp_path / "raw"
    raw.write_bytes(
        b"From a@x.example Sun Nov 22 08:00:00 2026\n" + FIRST + b"\nFrom b Sun Nov 22 09:00:00 2026\n" + SECOND + b"\n"
    )
    mutt = Mutt(tmp_path, kind)
    mutt.type(raw, f"{copy_all('out')}<quit>")
    mutt.type(tmp_path / "out", "<first-entry><set-flag>!<first-entry><set-flag>r<quit>")
    gateway_commands.ok("import", AL, str(tmp_path / "out"), "--mailbox", "Out")
    gateway_commands.ok("export", AL, str(tmp_path / "eml"), "--format", "eml", "--mailbox", "Out")
    rows = [json.loads(line) for line in (tmp_path / "eml" / "Out" / "gateway-messages.jsonl").read_text().splitlines()]
    found = {}
    for row in rows:
        octets = (tmp_path / "eml" / "Out" / row["file"]).read_bytes()
        found[octets if kind == "mbox" else uncounted(octets)] = (row["flags"], row["received"])
    assert found == {
        FIRST.replace(b"\n", b"\r\n"): (["\\Seen", "\\Answered", "\\Flagged"], 1795334400.0),
        SECOND.replace(b"\n", b"\r\n"): ([], 1795338000.0),
    }


@pytest.mark.parametrize("kind", ["mbox", "maildir"])
def test_mutt_reads_what_went_out(tmp_path: Path, gateway_commands: Commands, kind: str) -> None:
    maildir = tmp_path / "source"
    for part in ("cur", "new", "tmp"):
        (maildir / part).mkdir(parents=True)
    (maildir / "cur" / "1.a:2,FRS").write_bytes(FIRST)
    (maildir / "new" / "2.b").write_bytes(SECOND)
    os.utime(maildir / "cur" / "1.a:2,FRS", (1_600_000_000, 1_600_000_000))
    gateway_commands.ok("import", AL, str(maildir))
    gateway_commands.ok("export", AL, str(tmp_path / "box"), "--mailbox", "INBOX", "--format", kind)
    mutt = Mutt(tmp_path, "Maildir")
    mutt.type(tmp_path / "box", f"{copy_all('read')}<quit>")
    read = {
        uncounted(file.read_bytes()): file for part in ("cur", "new") for file in (tmp_path / "read" / part).iterdir()
    }
    quoted = b">>From there" if kind == "mbox" else b">From there"
    assert len(read) == 2, read
    (first,) = [file for text, file in read.items() if text == FIRST.replace(b">From there", quoted)]
    assert first.name.endswith(":2,FRS")
    if kind == "mbox":
        assert first.stat().st_mtime == 1_600_000_000
    assert SECOND in read
    assert len(read) == 2
