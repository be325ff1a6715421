"""kill -9 in the middle of `gateway import`, again and again: in the end everything is there once, in order."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.commands import Commands
from tests.support.gateway_process import REPOSITORY

AL = "al@home.example"
MESSAGES = {"mbox": 10_000, "maildir": 10_000}
"""So many that no import ends before it was killed a few times."""
INTO = ("--mailbox", "In")


def write_mbox(path: Path) -> None:
    with path.open("wb") as file:
        for number in range(MESSAGES["mbox"]):
            body = b"x" * (70_000 if number % 700 == 7 else 700)
            file.write(b"From a@x Sun Nov 22 08:00:00 2026\nSubject: %06d\n\n%b\n\n" % (number, body))


def write_maildir(path: Path) -> None:
    for part in ("cur", "new", "tmp"):
        (path / part).mkdir(parents=True)
    for number in range(MESSAGES["maildir"]):
        (path / "cur" / f"{number:06d}.x:2,S").write_bytes(b"Subject: %06d\n\n%b\n" % (number, b"y" * 700))


def journalled(commands: Commands) -> int:
    """How many octets the journals of imports have."""
    return sum(path.stat().st_size for path in (commands.data / "mail").glob("*/*/import/*.journal"))


def run_killed(commands: Commands, source: Path, after: float) -> bool:
    """Kill it so many seconds after it stored its first messages. Whether it came to its end before."""
    before = journalled(commands)
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "import", AL, str(source), "--config", str(commands.file), *INTO],
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"LANG": "C.UTF-8"},
    )
    while process.poll() is None and journalled(commands) == before:
        time.sleep(0.005)
    try:
        return process.wait(after) == 0
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        return False


@pytest.mark.parametrize("kind", ["mbox", "maildir"])
def test_nothing_is_lost_or_stored_twice(
    tmp_path: Path, kind: str, record_property: Callable[[str, object], None]
) -> None:
    commands = Commands(tmp_path)
    commands.ok("account", "add", AL)
    source = tmp_path / "source"
    {"mbox": write_mbox, "maildir": write_maildir}[kind](source)
    began = time.monotonic()
    killed = 0
    dice = random.Random(4)
    while not run_killed(commands, source, dice.random() * (0.1 + killed * 0.05)):
        killed += 1
        assert time.monotonic() - began < 120
    (said,) = commands.json("import", AL, str(source), *INTO)["mailboxes"]
    assert (said["messages"], said["already"]) == (0, MESSAGES[kind])
    commands.ok("export", AL, str(tmp_path / "out"), "--mailbox", "In", "--format", "eml")
    rows = [json.loads(line) for line in (tmp_path / "out" / "In" / "gateway-messages.jsonl").read_text().splitlines()]
    subjects = [(tmp_path / "out" / "In" / row["file"]).read_bytes()[:15] for row in rows]
    assert subjects == [b"Subject: %06d" % number for number in range(MESSAGES[kind])]
    record_property("killed", killed)
    assert killed > 1
    bodies = list((commands.data / "mail").glob("*/*/bodies/*"))
    assert kind == "maildir" or len(bodies) >= 6
