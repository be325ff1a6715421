"""`gateway account`, `domain` and `session` as processes of their own, as people and scripts run them."""

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import Commands
from tests.support.gateway_process import REPOSITORY, Gateway
from tests.support.terminal import Terminal

AL, BO = "al@home.example", "bo@home.example"
COLOUR = re.compile(r"\x1b\[[0-9;]*m|\r")
HOME = {"domains": [{"name": "home.example"}], "routes": []}


@pytest.fixture(params=["running", "stopped"])
def home(request: pytest.FixtureRequest, gateway: Callable[..., Gateway]) -> Gateway:
    """A gateway with a domain; it runs, or it has been stopped."""
    made = gateway(**HOME)
    if request.param == "stopped":
        made.stop()
    return made


def accounts(gateway: Gateway) -> dict[str, dict[str, Any]]:
    """`gateway account list --json`, by address."""
    return {row["address"]: row for row in json.loads(gateway.cli("account", "list", "--json"))}


def test_an_account_from_its_beginning_to_its_end(home: Gateway) -> None:
    password = home.cli("account", "add", AL, "--name", "Al")
    assert len(password.split()) == 1
    assert password.endswith("\n")
    assert accounts(home)[AL]["name"] == "Al"
    assert home.cli("account", "password", AL) != password
    home.cli("account", "app-password", "add", AL, "phone", "--for", "smtp")
    home.cli("account", "alias", "add", "ops@home.example", AL)
    home.cli("account", "grant", "add", AL, "sales@home.example")
    home.cli("account", "disable", AL, "--reason", "left")
    assert accounts(home)[AL]["disabled"]["reason"] == "left"
    shown = home.cli("account", "show", AL)
    assert all(each in shown for each in (AL, "phone", "ops@home.example", "sales@home.example", "disabled: left"))
    home.cli("account", "enable", AL)
    assert json.loads(home.cli("account", "logins", AL, "--json")) == []
    home.cli("account", "remove", AL, "--yes")
    assert AL not in accounts(home)


def test_domains(home: Gateway) -> None:
    home.cli("domain", "add", "bücher.example")
    home.cli("account", "add", "jörg@bücher.example")
    home.cli("domain", "catch-all", "bücher.example", "jörg@bücher.example")
    home.cli("domain", "separators", "bücher.example", "+-")
    [_, row] = json.loads(home.cli("domain", "list", "--json"))
    assert (row["name"], row["catch_all"], row["separators"]) == ("bücher.example", "jörg@bücher.example", "+-")
    assert "xn--bcher-kva.example. IN MX 10 gw.example." in home.cli("domain", "dns", "--no-check", "bücher.example")


def test_nobody_is_logged_in(home: Gateway) -> None:
    assert json.loads(home.cli("session", "list", "--json")) == []
    said = home.cli("session", "kick", "0-1", ok=False)
    assert len(said.splitlines()) == 1


def test_an_error_is_one_line_and_status_1(home: Gateway) -> None:
    command = [sys.executable, "-m", "gateway", "account", "show", "nobody@home.example", "--config", str(home.file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=REPOSITORY, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert "gateway account list" in done.stderr


def test_nobody_else_can_read_the_accounts(home: Gateway) -> None:
    home.cli("account", "add", AL)
    for name in ("control.db", "control.lock"):
        assert stat.S_IMODE((home.data / name).stat().st_mode) == 0o600


def test_the_log_knows_no_password(gateway: Callable[..., Gateway]) -> None:
    made = gateway(**HOME, passwords="custom")
    secrets = [made.cli("account", "add", AL).strip(), "chosen by a person"]
    made.cli("account", "password", AL, "--stdin", stdin=secrets[1].encode())
    made.stop()
    logged = made.output.read_text()
    assert not any(secret in logged for secret in secrets)


def on_terminal(commands: Commands, *arguments: str) -> Terminal:
    """The command as a person runs it, in a window of 80 columns."""
    environment = os.environ | {"GATEWAY_CONFIG": str(commands.file), "TERM": "xterm", "COLUMNS": "80"}
    return Terminal([sys.executable, "-m", "gateway", *arguments], environment)


@pytest.mark.parametrize(("answer", "status", "left"), [("n", 1, [AL]), ("", 1, [AL]), ("y", 0, [])])
def test_remove_asks_on_a_terminal(tmp_path: Path, answer: str, status: int, left: list[str]) -> None:
    commands = Commands(tmp_path)
    commands.ok("account", "add", AL)
    with on_terminal(commands, "account", "remove", AL) as terminal:
        terminal.until("[y/N]")
        assert AL in terminal.shown
        terminal.type(answer)
        assert terminal.end() == status
    assert [row["address"] for row in commands.json("account", "list")] == left


def test_remove_does_not_ask_where_yes_was_said(tmp_path: Path) -> None:
    commands = Commands(tmp_path)
    commands.ok("account", "add", AL)
    with on_terminal(commands, "account", "remove", AL, "--yes") as terminal:
        assert terminal.end() == 0
    assert commands.json("account", "list") == []


def test_a_chosen_password_is_typed_unseen(tmp_path: Path) -> None:
    commands = Commands(tmp_path, passwords="custom")
    commands.ok("account", "add", AL)
    with on_terminal(commands, "account", "password", AL, "--stdin") as terminal:
        terminal.until("New password:")
        terminal.type("chosen by a person")
        terminal.until("Repeat for confirmation:")
        terminal.type("chosen by a person")
        assert terminal.end() == 0
        assert "chosen by" not in terminal.shown
    [password] = commands.json("account", "show", AL)["passwords"]
    assert password["kind"] == "chosen"


def test_a_table_on_a_terminal_has_whole_addresses(tmp_path: Path) -> None:
    commands = Commands(tmp_path)
    long = "a-rather-long-localpart-of-somebody-important@home.example"
    commands.ok("account", "add", long, "--name", "Somebody with a long name", "--admin")
    with on_terminal(commands, "account", "list") as terminal:
        assert terminal.end() == 0
    lines = COLOUR.sub("", terminal.shown).splitlines()
    assert "…" not in terminal.shown
    heading = next(number for number, line in enumerate(lines) if "Address" in line)
    end = lines[heading].index("Name")
    assert long in "".join(line[:end].strip() for line in lines[heading + 1 :])
