"""`gateway search` on the real files of a stopped gateway, with and without an index."""

from pathlib import Path
from typing import Any

import pytest

from gateway.store.embedded.index.follow import add, complete, plan
from gateway.store.embedded.index.texts import text_of
from gateway.store.embedded.paths import AccountFolder
from tests.support.commands import Commands

AL = "al@home.example"
MAIL = (
    b"From: =?utf-8?q?J=C3=B6rg?= <joerg@else.example>\r\nSubject: Disk full\r\n\r\nweb-1 again\r\n",
    b"From: bo@else.example\r\nSubject: \x1b[31mRechnung\r\n\r\nthe disk is large\r\n",
    b"From: cy@else.example\r\nSubject: Re: full\r\n\r\nof hot air\r\n",
)


@pytest.fixture(params=["read", "indexed"])
def al(tmp_path: Path, request: pytest.FixtureRequest) -> Commands:
    """With an account that has mail."""
    commands = Commands(tmp_path)
    commands.ok("account", "add", AL)
    for number, octets in enumerate(MAIL):
        file = tmp_path / f"{number}.eml"
        file.write_bytes(octets)
        commands.ok("import", AL, str(file), "--mailbox", "INBOX" if number < 2 else "Archive")
    if request.param == "indexed":
        account = AccountFolder(next(commands.data.glob("mail/*/*/mail.db")).parent)
        made = plan(account)
        add(account, made.missing, text_of)
        complete(account, made)
    return commands


def subjects(commands: Commands, *arguments: str) -> dict[str, list[str]]:
    found: list[dict[str, Any]] = commands.json("search", AL, *arguments)
    return {each["mailbox"]: [message["subject"] for message in each["messages"]] for each in found if each["found"]}


def test_all_words_in_any_place(al: Commands) -> None:
    assert subjects(al, "full disk") == {"INBOX": ["Disk full"]}
    assert subjects(al, "full") == {"INBOX": ["Disk full"], "Archive": ["Re: full"]}
    assert subjects(al, "full", "--mailbox", "Archive") == {"Archive": ["Re: full"]}
    assert subjects(al, "Jörg") == {"INBOX": ["Disk full"]}
    assert subjects(al, "jorg") == {}
    assert subjects(al, "jorg", "--fuzzy") == {"INBOX": ["Disk full"]}


def test_rows_for_people_that_no_terminal_obeys(al: Commands) -> None:
    heading, line = al.ok("search", AL, "rechnung").splitlines()
    assert heading.split() == ["Mailbox", "UID", "Date", "From", "Subject"]
    assert line.split()[0] == "INBOX"
    assert "bo@else.example" in line
    assert "Rechnung" in line
    assert "\x1b" not in line
    assert al.ok("search", AL, "nowhere").splitlines()[-1] == "nothing found"


def test_only_so_many_are_shown(al: Commands) -> None:
    lines = al.ok("search", AL, "disk", "--most", "1").splitlines()
    assert lines[-1] == "INBOX: 1 more"
    assert len(lines) == 3


def test_what_was_done_is_explained(al: Commands, request: pytest.FixtureRequest) -> None:
    said = al.ok("search", AL, "disk full", "--explain")
    assert "INBOX: 1 found" in said
    assert "exact 'disk' in attachments/bcc/body/cc/from/headers/subject/to: 2 of 2" in said
    assert ("2 of them read" in said) == ("read" in request.node.callspec.id)


def test_what_cannot_be_looked_for(al: Commands) -> None:
    assert "no word" in al.refused("search", AL, "  ", status=2)
    assert "Nowhere" in al.refused("search", AL, "x", "--mailbox", "Nowhere")
    assert "nobody@home.example" in al.refused("search", "nobody@home.example", "x")
