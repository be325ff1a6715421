"""The newcomer's path: a fresh clone, `make run`, a message by swaks, the answer on the sink.

In CI everything is set up anew; elsewhere the clone borrows the packages that are installed already.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import processes
from tests.support.background import Background
from tests.support.gateway_process import REPOSITORY
from tests.support.patience import wait_for
from tests.support.peers import installed
from tests.support.sinks import LEGACY, one, start_sink
from tests.support.smtp_client import Client

pytestmark = [
    pytest.mark.peer("git", "make", "swaks"),
    pytest.mark.xdist_group("default-ports"),
    pytest.mark.timeout(900),
]

SMTP, LEGACY_PORT = 2525, 2526


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of this repository, as a newcomer has it."""
    folder = tmp_path / "clone"
    subprocess.run([installed("git"), "clone", "--quiet", str(REPOSITORY), str(folder)], check=True, timeout=120)
    if os.environ.get("CI") != "true":
        _borrow(folder)
    return folder


def _borrow(clone: Path) -> None:
    """A virtual environment with this one's packages and the clone's own code."""
    script = clone / ".venv/bin/gateway"
    script.parent.mkdir(parents=True)
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{clone}" exec "{sys.executable}" -m gateway "$@"\n')
    script.chmod(0o755)
    stamp = clone / ".venv/.installed"
    stamp.touch()
    later = time.time_ns() + 10**9
    os.utime(stamp, ns=(later, later))


@pytest.fixture
def running(clone: Path, tmp_path: Path) -> Iterator[Path]:
    """`make run` in the clone; what it prints."""
    output = tmp_path / "output"
    with output.open("wb") as log:
        process = subprocess.Popen([installed("make"), "run"], cwd=clone, stdout=log, stderr=log)
    try:
        wait_for(lambda: _listens() or process.poll() is not None, within=600, what="port 2525 to answer")
        assert process.poll() is None, output.read_text()
        yield output
    finally:
        for pid in reversed(processes.descendants(process.pid)):
            os.kill(pid, 15)
        process.wait(60)


def _listens() -> bool:
    try:
        with Client(SMTP) as client:
            return client.answer().code == 220
    except OSError:
        return False


def test_make_run_and_a_message_by_swaks(running: Path, clone: Path, background: Background) -> None:
    sink = start_sink(background, LEGACY, port=LEGACY_PORT)
    command = [
        installed("swaks"),
        "--server",
        f"127.0.0.1:{SMTP}",
        "--from",
        "a@home.example",
        "--to",
        "b@legacy.example",
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert one(sink).recipients[0].address == "b@legacy.example"
    banner = running.read_text()
    for port in ("2525", "2587", "2465", "9125"):
        assert f"127.0.0.1:{port}" in banner, banner
    assert (clone / "data").is_dir()
