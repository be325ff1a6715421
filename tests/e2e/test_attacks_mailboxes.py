"""What hostile users of the machine and hostile files try with the commands that work on mailboxes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import Commands

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
    for path in tmp_path.resolve().parents:
        if path.stat().st_uid == 0 and path.name.startswith("pytest"):
            path.chmod(0o755)
    tmp_path.chmod(0o755)
    program = [sys.executable, "-m", "gateway", "verify", "--repair", str(commands.data)]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr
    assert _as_it_was(etc), done.stdout


def test_a_dry_run_leaves_nothing_in_the_data_folder(tmp_path: Path, commands: Commands) -> None:
    commands.ok("account", "add", "bo@home.example")
    before = {path for path in commands.data.rglob("*") if "control" not in path.name}
    commands.ok("export", AL, str(tmp_path / "al.zip"))
    commands.ok("import", "bo@home.example", str(tmp_path / "al.zip"), "--dry-run")
    made = {path for path in commands.data.rglob("*") if "control" not in path.name} - before
    assert not [path for path in made if "/mail/" in f"{path}/" and path.is_dir()]
