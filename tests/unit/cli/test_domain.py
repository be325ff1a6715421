"""`gateway domain` on the real `control.db` of a stopped gateway."""

from pathlib import Path

import pytest

from tests.support.commands import Commands

AL, BOOKS = "al@home.example", "bücher.example"


@pytest.fixture
def gateway(tmp_path: Path) -> Commands:
    made = Commands(tmp_path)
    made.ok("account", "add", AL)
    return made


def entry(gateway: Commands, name: str) -> dict[str, object]:
    """One row of the list."""
    [found] = gateway.json("domain", "list", name)
    return dict(found)


def test_add_list_and_remove(gateway: Commands) -> None:
    assert gateway.ok("domain", "add", "xn--bcher-kva.example").startswith(f"{BOOKS}: added")
    assert gateway.json("domain", "list") == [
        {
            "name": "home.example",
            "ascii": "home.example",
            "catch_all": None,
            "separators": None,
            "configured": True,
        },
        {
            "name": BOOKS,
            "ascii": "xn--bcher-kva.example",
            "catch_all": None,
            "separators": None,
            "configured": False,
        },
    ]
    assert BOOKS in gateway.ok("domain", "list")
    assert gateway.ok("domain", "remove", BOOKS) == f"{BOOKS}: removed\n"
    assert [row["name"] for row in gateway.json("domain", "list")] == ["home.example"]


def test_no_domains(tmp_path: Path) -> None:
    done = Commands(tmp_path, domains=[]).run("domain", "list")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "gateway domain add" in done.stderr


def test_catch_all(gateway: Commands) -> None:
    gateway.ok("domain", "add", BOOKS)
    gateway.ok("domain", "catch-all", BOOKS, AL)
    assert entry(gateway, BOOKS)["catch_all"] == AL
    gateway.ok("domain", "catch-all", BOOKS, "--none")
    assert entry(gateway, BOOKS)["catch_all"] is None


def test_separators(gateway: Commands) -> None:
    gateway.ok("domain", "add", BOOKS)
    assert gateway.ok("domain", "separators", BOOKS, "+-") == f"{BOOKS}: separators +-\n"
    assert entry(gateway, BOOKS)["separators"] == "+-"
    assert gateway.ok("domain", "separators", BOOKS, "--none") == f"{BOOKS}: separators none\n"
    assert entry(gateway, BOOKS)["separators"] == ""
    gateway.ok("domain", "separators", BOOKS, "--default")
    assert entry(gateway, BOOKS)["separators"] is None


def test_a_hyphen_as_separator(gateway: Commands) -> None:
    gateway.ok("domain", "add", BOOKS)
    gateway.ok("domain", "separators", BOOKS, "--", "-")
    assert entry(gateway, BOOKS)["separators"] == "-"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["add", "home.example"], "configuration file"),
        (["remove", "home.example"], "configuration file"),
        (["catch-all", "home.example", AL], "configuration file"),
        (["list", "elsewhere.example"], "gateway domain list"),
        (["remove", "elsewhere.example"], "gateway domain add elsewhere.example"),
        (["separators", "elsewhere.example", "+"], "gateway domain add elsewhere.example"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(gateway: Commands, arguments: list[str], why: str) -> None:
    assert why in gateway.refused("domain", *arguments)


def test_a_domain_in_use_stays(gateway: Commands) -> None:
    gateway.ok("domain", "add", BOOKS)
    gateway.ok("account", "add", "jörg@bücher.example")
    assert "jörg@bücher.example" in gateway.refused("domain", "remove", BOOKS)


@pytest.mark.parametrize(
    "arguments",
    [
        ["add", "two words"],
        ["add", "[192.0.2.1]"],
        ["add", "192.0.2.1"],
        ["add", ""],
        ["catch-all", BOOKS],
        ["catch-all", BOOKS, AL, "--none"],
        ["separators", BOOKS],
        ["separators", BOOKS, "+", "--none"],
        ["separators", BOOKS, "--none", "--default"],
    ],
)
def test_wrong_usage_is_one_line_and_status_2(gateway: Commands, arguments: list[str]) -> None:
    assert "--help" in gateway.refused("domain", *arguments, status=2)
