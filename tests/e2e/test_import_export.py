"""`gateway import` and `gateway export` beside a running gateway, at a quota, and as a person sees them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.commands import Commands
from tests.support.gateway_process import REPOSITORY, Gateway
from tests.support.terminal import Terminal

AL = "al@home.example"


def write_mbox(path: Path, count: int, first: int = 0) -> Path:
    with path.open("ab") as file:
        for number in range(first, first + count):
            file.write(b"From a@x Sun Nov 22 08:00:00 2026\nStatus: RO\nSubject: %05d\n\n%b\n\n" % (number, b"x" * 900))
    return path


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    made = Commands(tmp_path)
    made.ok("account", "add", AL)
    return made


@pytest.mark.parametrize("target", ["out.zip", "out.tgz", "out", "mbox", "eml"])
def test_names_uses_and_subscriptions_go_along(tmp_path: Path, commands: Commands, target: str) -> None:
    source = tmp_path / "source"
    (source / "Work.sbd").mkdir(parents=True)
    write_mbox(source / "Work", 3)
    write_mbox(source / "Work.sbd" / "Pläne a.b", 2)
    write_mbox(source / "Gesendet", 1)
    commands.ok("import", AL, str(source))
    kind = ("--format", target) if target in ("mbox", "eml") else ()
    commands.ok("export", AL, str(tmp_path / target), *kind)
    commands.ok("account", "add", "bo@home.example")
    first = commands.json("import", "bo@home.example", str(tmp_path / target))
    assert commands.json("import", "bo@home.example", str(tmp_path / target))["mailboxes"] == [
        each | {"messages": 0, "octets": 0, "already": each["messages"]} for each in first["mailboxes"]
    ]
    commands.ok("export", "bo@home.example", str(tmp_path / "again"), "--format", "eml")
    commands.ok("export", AL, str(tmp_path / "first"), "--format", "eml")
    assert tree(tmp_path / "again") == tree(tmp_path / "first")
    assert len(tree(tmp_path / "first")) > 9


def test_what_comes_below_another_mailbox_takes_no_use_away(tmp_path: Path, commands: Commands) -> None:
    commands.ok("export", AL, str(tmp_path / "out.zip"))
    commands.ok("import", AL, str(tmp_path / "out.zip"), "--mailbox", "Old")
    uses = {each["name"]: each["use"] for each in commands.json("mailbox", "list", AL)}
    assert uses["Sent"] == "\\Sent"
    assert uses["Old/Sent"] is None


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_quota_stops_it_and_it_goes_on(tmp_path: Path) -> None:
    small = Commands(tmp_path, mailboxes={"quota": {"messages": 1200}})
    small.ok("account", "add", AL)
    source = write_mbox(tmp_path / "big.mbox", 2000)
    said = small.run("import", AL, str(source))
    assert said.exit_code == 1
    assert "over quota: 1000 of 1200 messages are used. Allow more" in said.stderr
    assert "Traceback" not in said.stderr
    more = Commands(tmp_path, mailboxes={"quota": {"messages": 5000}})
    (row,) = more.json("import", AL, str(source))["mailboxes"]
    assert (row["messages"] + row["already"], row["already"]) == (2000, 1000)


def test_a_dry_run_stores_nothing(tmp_path: Path, commands: Commands) -> None:
    source = write_mbox(tmp_path / "a.mbox", 7)
    (row,) = commands.json("import", AL, str(source), "--dry-run", "--mailbox", "X/Y")["mailboxes"]
    assert (row["name"], row["messages"]) == ("X/Y", 7)
    assert not list(commands.data.rglob("mail.db"))


def test_wrong_sources_and_targets(tmp_path: Path, commands: Commands) -> None:
    (tmp_path / "text").write_text("\x01 nothing\n")
    (tmp_path / "folder").mkdir()
    assert "is neither a message nor an mbox" in commands.refused("import", AL, str(tmp_path / "text"))
    assert "no mail is in it" in commands.refused("import", AL, str(tmp_path / "folder"))
    assert "no-such" in commands.refused("import", AL, str(tmp_path / "no-such"))
    assert "is there already" in commands.refused("export", AL, str(tmp_path / "text"))
    assert "no mailbox Nowhere" in commands.refused("export", AL, str(tmp_path / "o"), "--mailbox", "Nowhere")
    assert not (tmp_path / "o").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".partial")]


def test_beside_a_running_gateway(tmp_path: Path, gateway: Callable[..., Gateway]) -> None:
    running = gateway(domains=[{"name": "home.example"}], routes=[])
    source = write_mbox(tmp_path / "a.mbox", 600)
    config = ("--config", str(running.file))

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "gateway", *arguments, *config]
        return subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True, timeout=60).stdout

    run("account", "add", AL)
    said = json.loads(run("import", AL, str(source), "--json"))
    assert [each["messages"] for each in said["mailboxes"]] == [600]
    run("export", AL, str(tmp_path / "out.mbox"), "--mailbox", "a")
    exported = (tmp_path / "out.mbox").read_bytes()
    assert exported.count(b"\nSubject: ") == 600
    assert (tmp_path / "out.mbox").stat().st_mode & 0o077 == 0


def test_a_person_sees_a_bar(tmp_path: Path, commands: Commands) -> None:
    source = write_mbox(tmp_path / "a.mbox", 3000)
    command = [sys.executable, "-m", "gateway", "import", AL, str(source), "--config", str(commands.file)]
    with Terminal(command, os.environ | {"COLUMNS": "120", "TERM": "xterm"}) as terminal:
        assert terminal.end() == 0
    assert "messages/s" in terminal.shown
    assert "3000" in terminal.shown


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files away: needs root")
def test_root_gives_what_it_makes_to_the_owner_of_the_data(tmp_path: Path, commands: Commands) -> None:
    nobody = 65534
    os.chown(commands.data, nobody, nobody)
    with (source := tmp_path / "a.mbox").open("wb") as file:
        file.write(b"From a@x Sun Nov 22 08:00:00 2026\nSubject: large\n\n%b\n\n" % (b"x" * 80_000))
    commands.ok("import", AL, str(source))
    mine = [path for path in (commands.data / "mail").rglob("*") if path.lstat().st_uid != nobody]
    assert mine == []
    assert list(commands.data.rglob("bodies/*.eml"))
