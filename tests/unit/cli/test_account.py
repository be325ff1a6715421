"""`gateway account` on the real `control.db` of a stopped gateway."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from gateway.accounts.control.opening import open_vault
from gateway.auth.authenticator import ScramVerifier
from gateway.auth.passwords import verifiers
from gateway.cli import account, domain, session
from gateway.mail.address import parse_address
from tests.support.commands import Commands

GROUPS = {"account": account.command, "domain": domain.command, "session": session.command}
AL = "al@home.example"
PASSWORD = re.compile(r"[a-z0-9-]{26,}\n")


@pytest.fixture
def gateway(tmp_path: Path) -> Commands:
    return Commands(tmp_path)


@pytest.fixture
def al(gateway: Commands) -> Commands:
    """With an account."""
    gateway.ok("account", "add", AL, "--name", "Al Mustermann")
    return gateway


def stored(gateway: Commands, address: str = AL) -> list[ScramVerifier]:
    """What is kept of the account's passwords."""
    vault = open_vault(gateway.data)
    try:
        holder = vault.holder(parse_address(address))
        assert holder is not None
        return [password.sha256 for password in holder.passwords]
    finally:
        vault.close()


def fits(password: str, verifier: ScramVerifier) -> bool:
    """Whether it is the password that the verifier was made of."""
    return verifiers(password, verifier.salt, verifier.iterations).sha256 == verifier


def test_the_password_is_alone_on_standard_output(gateway: Commands) -> None:
    done = gateway.run("account", "add", AL)
    assert done.exit_code == 0
    assert PASSWORD.fullmatch(done.stdout)
    assert done.stderr == f"{AL}: account made. This is its password, shown only once:\n"
    [verifier] = stored(gateway)
    assert fits(done.stdout.strip(), verifier)


def test_the_password_in_json(gateway: Commands) -> None:
    made = gateway.json("account", "add", AL)
    assert set(made) == {"address", "password"}
    assert made["address"] == AL
    assert fits(made["password"], stored(gateway)[0])


def test_nothing_that_is_stored_has_the_password(gateway: Commands) -> None:
    password = gateway.ok("account", "add", AL).strip().encode()
    files = [each for each in gateway.data.rglob("*") if each.is_file()]
    assert files
    assert not any(password in each.read_bytes() for each in files)


def test_list(al: Commands) -> None:
    al.ok("account", "add", "boss@home.example", "--admin")
    rows = {row["address"]: row for row in al.json("account", "list")}
    assert rows[AL]["name"] == "Al Mustermann"
    assert (rows[AL]["role"], rows["boss@home.example"]["role"]) == ("user", "admin")
    assert rows[AL]["disabled"] is None
    assert rows[AL]["addresses"] == [AL]
    lines = al.ok("account", "list").splitlines()
    assert lines[0].split() == ["Address", "Name", "Role", "State", "Also", "Age"]
    assert lines[1].split()[:5] == [AL, "Al", "Mustermann", "user", "enabled"]


def test_list_of_one(al: Commands) -> None:
    al.ok("account", "add", "boss@home.example")
    assert [row["address"] for row in al.json("account", "list", AL)] == [AL]


def test_nobody_yet(gateway: Commands) -> None:
    done = gateway.run("account", "list")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "gateway account add" in done.stderr
    assert gateway.json("account", "list") == []


def test_an_address_of_people(gateway: Commands) -> None:
    gateway.ok("domain", "add", "bücher.example")
    gateway.ok("account", "add", "jörg@bücher.example")
    assert gateway.json("account", "show", "JÖRG@xn--bcher-kva.example")["address"] == "jörg@bücher.example"


def test_a_new_password_replaces_the_old_one(al: Commands) -> None:
    [before] = stored(al)
    done = al.run("account", "password", AL)
    assert PASSWORD.fullmatch(done.stdout)
    assert "shown only once" in done.stderr
    [after] = stored(al)
    assert fits(done.stdout.strip(), after)
    assert not fits(done.stdout.strip(), before)


def test_nobody_chooses_a_password_unless_it_is_allowed(al: Commands) -> None:
    [before] = stored(al)
    said = al.refused("account", "password", AL, "--stdin", stdin="correct horse battery\n")
    assert "`passwords: custom`" in said
    assert stored(al) == [before]


def test_a_chosen_password(tmp_path: Path) -> None:
    gateway = Commands(tmp_path, passwords="custom")
    gateway.ok("account", "add", AL)
    assert (
        gateway.ok("account", "password", AL, "--stdin", stdin="blank at the end \r\n") == f"{AL}: password changed\n"
    )
    assert fits("blank at the end ", stored(gateway)[0])


@pytest.mark.parametrize(
    ("stdin", "why"),
    [
        (b"", "no password on standard input"),
        (b"\n", "no password on standard input"),
        (b"short\n", "12 characters at least"),
        (b"x" * 5000, "at most 4096 octets"),
        (b"caf\xe9 caf\xe9 caf\xe9\n", "not UTF-8"),
    ],
)
def test_what_is_no_password(tmp_path: Path, stdin: bytes, why: str) -> None:
    gateway = Commands(tmp_path, passwords="custom")
    gateway.ok("account", "add", AL)
    [before] = stored(gateway)
    assert why in gateway.refused("account", "password", AL, "--stdin", stdin=stdin)
    assert stored(gateway) == [before]


def test_disable_and_enable(al: Commands) -> None:
    assert al.ok("account", "disable", AL, "--reason", "left in May") == f"{AL}: disabled; its mail still arrives\n"
    disabled = al.json("account", "show", AL)["disabled"]
    assert (disabled["reason"], disabled["mail"]) == ("left in May", "deliver")
    assert "disabled: left in May" in al.ok("account", "list")
    al.ok("account", "disable", AL, "--refuse-mail")
    assert al.json("account", "show", AL)["disabled"]["mail"] == "refuse"
    al.ok("account", "enable", AL)
    assert al.json("account", "show", AL)["disabled"] is None


def test_remove_does_not_ask_without_a_terminal(al: Commands) -> None:
    assert al.ok("account", "remove", AL) == f"{AL}: removed\n"
    assert al.json("account", "list") == []


def test_role(al: Commands) -> None:
    al.ok("account", "role", AL, "admin")
    assert al.json("account", "show", AL)["role"] == "admin"
    assert "last admin" in al.refused("account", "role", AL, "user")


def test_addresses(al: Commands) -> None:
    al.ok("account", "address", "add", AL, "postmaster@home.example")
    assert al.json("account", "show", "postmaster@home.example")["addresses"] == [AL, "postmaster@home.example"]
    al.ok("account", "address", "remove", "postmaster@home.example")
    assert al.json("account", "show", AL)["addresses"] == [AL]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["add", AL], "is an address of the account"),
        (["add", "al@elsewhere.example"], "gateway domain add elsewhere.example"),
        (["show", "nobody@home.example"], "gateway account list"),
        (["list", "nobody@home.example"], "gateway account list"),
        (["password", "nobody@home.example"], "gateway account list"),
        (["disable", "nobody@home.example"], "gateway account list"),
        (["remove", "nobody@home.example"], "gateway account list"),
        (["logins", "nobody@home.example"], "gateway account list"),
        (["address", "remove", AL], "primary"),
        (["app-password", "revoke", AL, "phone"], "gateway account app-password"),
        (["alias", "remove", "ops@home.example"], "gateway account alias"),
        (["add", "x@home.example", "--name", "two\nlines"], "control characters"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(al: Commands, arguments: list[str], why: str) -> None:
    assert why in al.refused("account", *arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ["add"],
        ["add", "not an address"],
        ["add", AL, "password"],
        ["role", AL, "king"],
        ["logins", "--since", "yesterday"],
        ["logins", "--limit", "0"],
        ["app-password", "add", AL, "phone", "--for", "telepathy"],
        ["refuse", "add", AL, "--code", "250"],
        ["refuse", "add", AL, "--status", "five"],
        ["grant", "add", AL, "home.example"],
        ["alias", "add", "ops@home.example"],
    ],
)
def test_wrong_usage_is_one_line_and_status_2(al: Commands, arguments: list[str]) -> None:
    assert "--help" in al.refused("account", *arguments, status=2)


def test_a_database_of_a_newer_version_is_refused(al: Commands) -> None:
    with sqlite3.connect(al.data / "control.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert "99" in al.refused("account", "list")


def subcommands(path: list[str], group: click.Command) -> Iterator[list[str]]:
    """Every command below a group, as arguments."""
    yield path
    if isinstance(group, click.Group):
        for name, command in group.commands.items():
            yield from subcommands([*path, name], command)


@pytest.mark.parametrize(
    "path",
    [path for name, group in GROUPS.items() for path in subcommands([name], group)],
    ids=" ".join,
)
def test_every_subcommand_has_help_with_examples(gateway: Commands, path: list[str]) -> None:
    said = gateway.ok(*path, "--help")
    assert "Examples:" in said
    assert "  gateway " in said
