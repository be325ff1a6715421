"""What hostile users of the machine and hostile files try with the commands that work on mailboxes."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.app.backup import manifest
from gateway.app.backup.copying import digest
from tests.support.commands import Commands
from tests.support.folders import let_others_in

AL = "al@home.example"
NOBODY = 65534
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="gives files away: needs root")


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    """A data folder that belongs to somebody else than root, and an account with mail in it."""
    made = Commands(tmp_path)
    made.ok("account", "add", AL)
    made.ok("import", AL, str(_message(tmp_path / "a.eml")))
    if os.geteuid() == 0:
        for path in (made.data, *made.data.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
    return made


def _message(path: Path) -> Path:
    path.write_bytes(b"From: x@far.example\r\nSubject: a\r\n\r\nb\r\n")
    return path


def _folder(commands: Commands) -> Path:
    (database,) = commands.data.rglob("mail.db")
    return database.parent


def _etc(folder: Path) -> Path:
    etc = folder / "etc"
    (etc / "bodies").mkdir(parents=True)
    (etc / "shadow").write_bytes(b"secret")
    os.utime(etc / "shadow", (1_600_000_000, 1_600_000_000))
    return etc


def _as_it_was(etc: Path) -> bool:
    found = sorted(path.relative_to(etc).as_posix() for path in etc.rglob("*"))
    return found == ["bodies", "shadow"] and {path.stat().st_uid for path in (etc, *etc.rglob("*"))} == {0}


@ROOT
@pytest.mark.parametrize("command", ["import", "export"])
def test_a_link_in_the_place_of_an_account_gives_nothing_away(tmp_path: Path, commands: Commands, command: str) -> None:
    etc, folder = _etc(tmp_path), _folder(commands)
    folder.rename(tmp_path / "aside")
    folder.symlink_to(etc)
    file = _message(tmp_path / "b.eml") if command == "import" else tmp_path / "out"
    commands.run(command, AL, str(file))
    assert {path.stat().st_uid for path in (etc, *etc.rglob("*"))} == {0}
    assert (etc / "shadow").read_bytes() == b"secret"


@ROOT
def test_an_import_writes_its_journal_into_the_account_alone(tmp_path: Path, commands: Commands) -> None:
    etc, folder = _etc(tmp_path), _folder(commands)
    (folder / "import").rename(tmp_path / "aside")
    (folder / "import").symlink_to(etc)
    done = commands.run("import", AL, str(_message(tmp_path / "b.eml")))
    assert done.exit_code == 1
    assert _as_it_was(etc)


@ROOT
def test_repairs_remove_nothing_elsewhere(tmp_path: Path, commands: Commands) -> None:
    """In a process of its own: it becomes the owner of the data."""
    etc, folder = _etc(tmp_path), _folder(commands)
    (folder / "bodies").rmdir()
    (folder / "bodies").symlink_to(etc)
    let_others_in(tmp_path)
    said = _in_a_process("verify", "--repair", str(commands.data))
    assert "this is a link" in said
    assert _as_it_was(etc), said


def test_a_dry_run_leaves_nothing_in_the_data_folder(tmp_path: Path, commands: Commands) -> None:
    commands.ok("account", "add", "bo@home.example")
    before = {path for path in commands.data.rglob("*") if "control" not in path.name}
    commands.ok("export", AL, str(tmp_path / "al.zip"))
    commands.ok("import", "bo@home.example", str(tmp_path / "al.zip"), "--dry-run")
    made = {path for path in commands.data.rglob("*") if "control" not in path.name} - before
    assert not [path for path in made if "/mail/" in f"{path}/" and path.is_dir()]


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("CREATE TRIGGER t AFTER UPDATE ON account BEGIN DELETE FROM body; END", "trigger"),
        ("CREATE VIEW v AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n", "view"),
        ("CREATE VIRTUAL TABLE x USING fts5 (y)", "table"),
        ("UPDATE account SET seq = 9223372036854775807", "numbers"),
        ("UPDATE account SET uidvalidity = 4294967295", "numbers"),
    ],
)
def test_a_backup_that_somebody_else_made(tmp_path: Path, commands: Commands, statement: str, why: str) -> None:
    saved = tmp_path / "saved"
    commands.ok("backup", str(saved))
    (database,) = saved.rglob("mail.db")
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement)
    read = manifest.read(saved)
    size, hashed = digest(database)
    name = database.relative_to(saved).as_posix()
    files = dict(read.files) | {name: replace(read.files[name], size=size, sha256=hashed)}
    manifest.write(saved, read.made, Path(read.data), files.values())
    done = commands.run("restore", str(saved), "--data", str(tmp_path / "new"))
    assert done.exit_code == 1
    assert why in done.stderr


def test_no_name_of_a_file_moves_a_terminal(tmp_path: Path, commands: Commands) -> None:
    path = _folder(commands) / "bodies" / "\x1b]0;owned\x07\x1b[2J"
    path.write_bytes(b"x")
    os.utime(path, (1, 1))
    let_others_in(tmp_path)
    shown = _in_a_process("verify", str(commands.data))
    assert "no message names this file" in shown
    assert "\x1b" not in shown


def _in_a_process(*arguments: str) -> str:
    """It becomes the owner of the data."""
    program = [sys.executable, "-m", "gateway", *arguments]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr
