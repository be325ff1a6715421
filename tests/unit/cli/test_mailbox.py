"""`gateway mailbox` on the real files of a stopped gateway."""

from pathlib import Path

import pytest

from tests.support.commands import Commands

AL = "al@home.example"


@pytest.fixture
def al(tmp_path: Path) -> Commands:
    """With an account."""
    commands = Commands(tmp_path)
    commands.ok("account", "add", AL)
    return commands


def names(commands: Commands) -> list[str]:
    return [each["name"] for each in commands.json("mailbox", "list", AL)]


def test_every_account_begins_with_the_usual_mailboxes(al: Commands) -> None:
    found = {each["name"]: each["use"] for each in al.json("mailbox", "list", AL)}
    assert found == {
        "INBOX": None,
        "Archive": "\\Archive",
        "Drafts": "\\Drafts",
        "Junk": "\\Junk",
        "Sent": "\\Sent",
        "Trash": "\\Trash",
    }
    assert names(al)[0] == "INBOX"


def test_a_table_for_people(al: Commands) -> None:
    heading, inbox, *_ = al.ok("mailbox", "list", AL).splitlines()
    assert heading.split("  ")[0] == "Mailbox"
    assert inbox.split() == ["INBOX", "0", "0", "0", "B", "-", "-", "yes"]


def test_mailboxes_are_made_renamed_and_deleted(al: Commands) -> None:
    assert al.ok("mailbox", "create", AL, "Büro/2026") == f"{AL}: Büro/2026 made\n"
    assert {"Büro", "Büro/2026"} <= set(names(al))
    assert al.ok("mailbox", "rename", AL, "Büro", "Archive/Büro") == f"{AL}: Büro is now Archive/Büro\n"
    assert {"Archive/Büro", "Archive/Büro/2026"} <= set(names(al))
    al.ok("mailbox", "delete", AL, "Archive/Büro/2026")
    assert "Archive/Büro/2026" not in names(al)


def test_what_is_said_where_something_cannot_be_done(al: Commands) -> None:
    assert "INBOX" in al.refused("mailbox", "delete", AL, "INBOX")
    assert "nothing was changed" in al.refused("mailbox", "delete", AL, "Nowhere")
    assert "Sent" in al.refused("mailbox", "create", AL, "Sent")
    assert "--expire or --use" in al.refused("mailbox", "change", AL, "Sent", status=2)
    assert "nobody@home.example" in al.refused("mailbox", "list", "nobody@home.example")
    assert "drafts" in al.refused("mailbox", "change", AL, "Sent", "--use", "fun", status=2)


def test_messages_expire_as_told(al: Commands) -> None:
    al.ok("mailbox", "change", AL, "Trash", "--expire", "30d")
    assert {e["name"]: e["expire_after"] for e in al.json("mailbox", "list", AL)}["Trash"] == 30 * 86400
    al.ok("mailbox", "change", AL, "Trash", "--expire", "never")
    assert {e["name"]: e["expire_after"] for e in al.json("mailbox", "list", AL)}["Trash"] is None


def test_a_use_belongs_to_one_mailbox(al: Commands) -> None:
    al.ok("mailbox", "create", AL, "Müll")
    assert "Trash" in al.refused("mailbox", "change", AL, "Müll", "--use", "trash")
    al.ok("mailbox", "change", AL, "Trash", "--use", "none")
    al.ok("mailbox", "change", AL, "Müll", "--use", "trash")
    assert {e["name"]: e["use"] for e in al.json("mailbox", "list", AL)}["Müll"] == "\\Trash"


def test_what_holds_messages_is_deleted_only_when_told_so(al: Commands, tmp_path: Path) -> None:
    message = tmp_path / "one.eml"
    message.write_bytes(b"Subject: one\r\n\r\nhello\r\n")
    al.ok("mailbox", "create", AL, "Old")
    al.ok("import", AL, str(message), "--mailbox", "Old")
    assert "message" in al.refused("mailbox", "delete", AL, "Old")
    al.ok("mailbox", "delete", AL, "Old", "--with-messages")
    assert "Old" not in names(al)
