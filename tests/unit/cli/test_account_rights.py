"""App passwords, aliases, refusals and grants: `gateway account …` on the real `control.db` of a stopped gateway."""

from pathlib import Path

import pytest

from tests.support.commands import Commands

AL, BO = "al@home.example", "bo@home.example"
OPS = "ops@home.example"


@pytest.fixture
def gateway(tmp_path: Path) -> Commands:
    made = Commands(tmp_path, aliases={"fixed@home.example": [AL]})
    made.ok("account", "add", AL)
    made.ok("account", "add", BO)
    return made


def test_app_passwords(gateway: Commands) -> None:
    done = gateway.run("account", "app-password", "add", AL, "phone", "--for", "smtp,imap")
    assert (done.exit_code, len(done.stdout.splitlines())) == (0, 1)
    assert "shown only once" in done.stderr
    other = gateway.json("account", "app-password", "add", AL, "backup")
    assert set(other) == {"address", "name", "password"}
    listed = gateway.json("account", "app-password", "list", AL)
    assert [(each["name"], each["services"], each["used"]) for each in listed] == [
        ("phone", ["imap", "smtp"], None),
        ("backup", [], None),
    ]
    assert [line.split()[0] for line in gateway.ok("account", "app-password", "list", AL).splitlines()[1:]] == [
        "phone",
        "backup",
    ]
    gateway.ok("account", "app-password", "revoke", AL, "phone")
    assert [each["name"] for each in gateway.json("account", "app-password", "list", AL)] == ["backup"]


def test_targets_are_added_to_an_alias_and_taken_from_it(gateway: Commands) -> None:
    gateway.ok("account", "alias", "add", OPS, AL)
    gateway.ok("account", "alias", "add", "OPS@home.example", AL, BO)
    assert gateway.json("account", "alias", "list") == [{"address": OPS, "targets": [AL, BO]}]
    assert gateway.json("account", "show", BO)["aliases"] == [OPS]
    gateway.ok("account", "alias", "remove", OPS, AL)
    assert gateway.json("account", "alias", "list") == [{"address": OPS, "targets": [BO]}]
    assert "does not go there" in gateway.refused("account", "alias", "remove", OPS, AL)
    assert gateway.ok("account", "alias", "remove", OPS, BO) == f"{OPS}: removed\n"
    assert gateway.json("account", "alias", "list") == []


def test_a_whole_alias_is_removed(gateway: Commands) -> None:
    gateway.ok("account", "alias", "add", OPS, AL, "someone@elsewhere.example")
    assert gateway.ok("account", "alias", "list").split() == [
        "Alias",
        "Goes",
        "to",
        OPS,
        AL,
        "someone@elsewhere.example",
    ]
    gateway.ok("account", "alias", "remove", OPS)
    assert gateway.ok("account", "alias", "list") == ""


def test_aliases_of_the_configuration_are_changed_there(gateway: Commands) -> None:
    assert "configuration" in gateway.refused("account", "alias", "add", "fixed@home.example", BO)
    assert "configuration" in gateway.refused("account", "alias", "remove", "fixed@home.example")
    assert "configuration" in gateway.refused("account", "add", "fixed@home.example")


def test_refusals(gateway: Commands) -> None:
    gateway.ok("account", "refuse", "add", "old@home.example")
    gateway.ok("account", "refuse", "add", "old@home.example", "--status", "5.1.6", "--text", "moved")
    assert gateway.json("account", "refuse", "list") == [
        {"address": "old@home.example", "code": 550, "status": "5.1.6", "text": "moved"}
    ]
    assert "550 5.1.6 moved" in gateway.ok("account", "refuse", "list")
    gateway.ok("account", "refuse", "remove", "old@home.example")
    assert gateway.json("account", "refuse", "list") == []
    assert gateway.ok("account", "refuse", "list") == ""


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--code", "450"], "code and status alike"),
        (["--text", "Köln"], "ASCII"),
        (["--text", "two\r\nlines"], "line"),
        (["--text", ""], "text"),
    ],
)
def test_an_answer_that_cannot_be_given(gateway: Commands, options: list[str], why: str) -> None:
    assert why in gateway.refused("account", "refuse", "add", "old@home.example", *options)
    assert gateway.json("account", "refuse", "list") == []


def test_grants(gateway: Commands) -> None:
    gateway.ok("account", "grant", "add", AL, "sales@home.example")
    gateway.ok("account", "grant", "add", AL, "@home.example", "--on-behalf")
    gateway.ok("account", "grant", "add", BO, AL)
    assert [(each["target"], each["kind"]) for each in gateway.json("account", "grant", "list", AL)] == [
        ("@home.example", "send-on-behalf"),
        ("sales@home.example", "send-as"),
    ]
    assert len(gateway.json("account", "grant", "list")) == 3
    assert "may send on behalf of" in gateway.ok("account", "grant", "list", AL)
    gateway.ok("account", "grant", "remove", AL, "@home.example")
    gateway.ok("account", "grant", "remove", AL, "sales@home.example")
    assert gateway.json("account", "grant", "list", AL) == []
    assert gateway.ok("account", "grant", "list", AL) == ""


def test_show_tells_all(gateway: Commands) -> None:
    gateway.ok("account", "alias", "add", OPS, AL)
    gateway.ok("account", "grant", "add", AL, BO)
    gateway.ok("account", "app-password", "add", AL, "phone", "--for", "smtp")
    shown = gateway.json("account", "show", AL)
    assert (shown["aliases"], shown["logins"]) == ([OPS], [])
    assert [each["target"] for each in shown["grants"]] == [BO]
    assert [(each["kind"], each["name"]) for each in shown["passwords"]] == [("generated", ""), ("app", "phone")]
    text = gateway.ok("account", "show", AL)
    for part in (AL, OPS, BO, "phone", "(generated)", "never", "Aliases", "Grants", "Passwords"):
        assert part in text
