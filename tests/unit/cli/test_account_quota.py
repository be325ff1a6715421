"""`gateway account quota` on the real mail of a stopped gateway."""

from pathlib import Path

import pytest

from tests.support.commands import Commands

AL = "al@home.example"


@pytest.fixture
def al(tmp_path: Path) -> Commands:
    """With an account; the configuration allows 10 MB and 100 mailboxes."""
    commands = Commands(tmp_path, mailboxes={"quota": {"storage": "10MB", "mailboxes": 100}})
    commands.ok("account", "add", AL)
    return commands


def test_as_configured(al: Commands) -> None:
    assert al.json("account", "quota", AL) == {
        "address": AL,
        "storage": {"used": 0, "limit": 10_000_000, "own": False},
        "messages": {"used": 0, "limit": None, "own": False},
        "mailboxes": {"used": 6, "limit": 100, "own": False},
    }
    lines = [line.split() for line in al.ok("account", "quota", AL).splitlines()]
    assert lines == [
        ["Of", "Used", "Limit", "Full", "Set", "for"],
        ["storage", "0", "B", "10", "MB", "0", "%", "all", "accounts"],
        ["messages", "0", "none", "all", "accounts"],
        ["mailboxes", "6", "100", "6", "%", "all", "accounts"],
    ]


def test_limits_of_an_account(al: Commands) -> None:
    shown = al.ok("account", "quota", AL, "--storage", "1.5GB", "--messages", "20", "--mailboxes", "none")
    assert "1.5 GB" in shown
    found = al.json("account", "quota", AL)
    assert [found[name]["limit"] for name in ("storage", "messages", "mailboxes")] == [1_500_000_000, 20, None]
    assert all(found[name]["own"] for name in ("storage", "messages", "mailboxes"))
    al.ok("account", "quota", AL, "--mailboxes", "6")
    assert "over quota: 6 of 6 mailboxes" in al.refused("mailbox", "create", AL, "Projects")


def test_as_configured_again(al: Commands) -> None:
    before = al.json("account", "quota", AL)
    al.ok("account", "quota", AL, "--storage", "0", "--messages", "0")
    assert al.json("account", "quota", AL, "--default") == before


def test_what_makes_no_sense(al: Commands) -> None:
    before = al.json("account", "quota", AL)
    al.refused("account", "quota", AL, "--default", "--messages", "1", status=2)
    for option, value in (("--storage", "much"), ("--messages", "-1"), ("--messages", "5MB"), ("--mailboxes", "")):
        al.refused("account", "quota", AL, option, value, status=2)
    assert "nobody@home.example" in al.refused("account", "quota", "nobody@home.example")
    assert al.json("account", "quota", AL) == before
