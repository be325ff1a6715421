"""Mail between the gateway and Dovecot's mbox files and Maildirs, both ways."""

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.commands import Commands
from tests.support.dovecot_files import DovecotFiles, Fetched

pytestmark = [
    pytest.mark.peer("doveadm"),
    pytest.mark.skipif(os.geteuid() != 0, reason="Dovecot becomes nobody: needs root"),
]

AL = "al@home.example"
FROM_LINES = b"Return-Path: <bo@x.example>\r\nSubject: one\r\n\r\nFrom here\r\n>From there\r\n>>From where\r\nlast\r\n"
LATIN = b"Subject: two\r\nX-Status-Page: kept\r\n\r\n\xe9 and a lone \r in the middle\r\n\r\n\r\n"
LARGE = b"Subject: three\r\n\r\n" + b"x" * 70 + b"\r\n" + b"From y\r\n" * 20_000
PLANS = "W&APY-rk/Pl&AOQ-ne"
LOCATIONS = ["mbox:~/mbox:INBOX=~/mbox/inbox", "maildir:~/Maildir"]


def told(folder: Path) -> list[Fetched]:
    """The messages of an exported folder of eml files."""
    rows = [json.loads(line) for line in (folder / "gateway-messages.jsonl").read_text().splitlines()]
    return [
        Fetched(frozenset(row["flags"]), shown(row["received"]), (folder / row["file"]).read_bytes()) for row in rows
    ]


def shown(received: float) -> str:
    return datetime.fromtimestamp(received, UTC).strftime("%d-%b-%Y %H:%M:%S +0000").lstrip("0").strip()


def unquoted(body: bytes) -> bytes:
    return re.sub(rb"^>+From", b"From", body, flags=re.MULTILINE)


def comparable(messages: list[Fetched]) -> list[tuple[bytes, str, list[str]]]:
    return sorted((each.body, each.date.lstrip("0"), sorted(each.flags)) for each in messages)


@pytest.fixture
def gateway_commands(tmp_path: Path) -> Commands:
    commands = Commands(tmp_path)
    commands.ok("account", "add", AL)
    return commands


def filled(folder: Path, location: str) -> DovecotFiles:
    dovecot = DovecotFiles(folder, location)
    dovecot.imap(
        b'c CREATE "%s"\r\ns SUBSCRIBE "%s"\r\n' % (PLANS.encode(), PLANS.encode())
        + dovecot.append("INBOX", "\\Seen \\Flagged $Forwarded custom", "02-Jan-2020 03:04:05 +0100", FROM_LINES)
        + dovecot.append("INBOX", "\\Answered \\Draft \\Deleted", "02-Jan-2021 03:04:05 +0000", LATIN)
        + dovecot.append(PLANS, "", "12-Dec-2022 03:04:05 +0000", LARGE)
    )
    return dovecot


@pytest.mark.parametrize("location", LOCATIONS)
def test_what_dovecot_wrote_comes_in(tmp_path: Path, gateway_commands: Commands, location: str) -> None:
    dovecot = filled(tmp_path / "dovecot", location)
    folder = location.partition("~/")[2].partition(":")[0]
    seen = dovecot.fetch("INBOX"), dovecot.fetch(PLANS)
    said = gateway_commands.json("import", AL, str(dovecot.home / folder))
    assert {each["name"]: each["messages"] for each in said["mailboxes"]} == {"INBOX": 2, "Wörk/Pläne": 1}
    gateway_commands.ok("export", AL, str(tmp_path / "out"), "--format", "eml")
    assert comparable(told(tmp_path / "out" / "INBOX")) == comparable(seen[0])
    assert comparable(told(tmp_path / "out" / "Wörk" / "Pläne")) == comparable(seen[1])
    assert comparable(seen[1])[0][0] == LARGE


def test_an_inbox_with_nothing_but_data_of_dovecot(tmp_path: Path, gateway_commands: Commands) -> None:
    """What remains of an mbox when all of it is expunged."""
    dovecot = filled(tmp_path / "dovecot", LOCATIONS[0])
    dovecot.imap(b"a SELECT INBOX\r\nb STORE 1:* +FLAGS (\\Deleted)\r\nc EXPUNGE\r\n")
    said = gateway_commands.json("import", AL, str(dovecot.home / "mbox" / "inbox"))
    assert [each["messages"] for each in said["mailboxes"]] == [0]


@pytest.mark.parametrize("kind", ["mbox", "maildir"])
def test_dovecot_reads_what_went_out(tmp_path: Path, gateway_commands: Commands, kind: str) -> None:
    first = filled(tmp_path / "first", LOCATIONS[1])
    seen = first.fetch("INBOX"), first.fetch(PLANS)
    gateway_commands.ok("import", AL, str(first.home / "Maildir"))
    second = DovecotFiles(tmp_path / "second", {"mbox": LOCATIONS[0], "maildir": LOCATIONS[1]}[kind])
    if kind == "maildir":
        gateway_commands.ok("export", AL, str(second.home / "Maildir"), "--format", "maildir")
    else:
        (second.home / "mbox").mkdir()
        gateway_commands.ok("export", AL, str(second.home / "mbox" / "inbox"), "--mailbox", "INBOX", "--format", "mbox")
    second.ours()
    found = comparable(second.fetch("INBOX"))
    if kind == "maildir":
        assert found == comparable(seen[0])
        assert comparable(second.fetch(PLANS)) == comparable(seen[1])
        assert PLANS.encode() in second.imap(b'a LSUB "" "*"\r\n')
    else:
        # Dovecot takes no `>` from quoted lines; all else is as it was.
        assert [(unquoted(body), *rest) for body, *rest in found] == [
            (unquoted(body), *rest) for body, *rest in comparable(seen[0])
        ]
