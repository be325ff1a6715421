"""The newcomer's path: a fresh clone, `make run`, a message by swaks, the answer on the sink; then an account and its
first mail, sent and read, by the commands of the README alone.

In CI everything is set up anew; elsewhere the clone borrows the packages that are installed already.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.cli.sink.server import SinkServer
from tests.support import processes
from tests.support.background import Background
from tests.support.gateway_process import REPOSITORY
from tests.support.patience import wait_for
from tests.support.peers import installed
from tests.support.sinks import LEGACY, arrived, start_sink
from tests.support.smtp_client import Client

pytestmark = [
    pytest.mark.peer("git", "make", "swaks", "msmtp", "curl"),
    pytest.mark.timeout(900),
]

SMTP, LEGACY_PORT = 2525, 2526


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of this repository, as a newcomer has it."""
    folder = tmp_path_factory.mktemp("newcomer") / "clone"
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


@pytest.fixture(scope="module")
def running(clone: Path) -> Iterator[Path]:
    """`make run` in the clone; what it prints."""
    output = clone.parent / "output"
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


@pytest.fixture(scope="module")
def legacy(background: Background) -> SinkServer:
    """The legacy server of the README."""
    return start_sink(background, LEGACY, port=LEGACY_PORT)


def test_make_run_and_a_message_by_swaks(running: Path, clone: Path, legacy: SinkServer) -> None:
    before = len(legacy.messages)
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
    assert arrived(legacy, before + 1)[before].recipients[0].address == "b@legacy.example"
    banner = running.read_text()
    for port in ("2525", "2587", "2465", "2143", "2993", "9125"):
        assert f"127.0.0.1:{port}" in banner, banner
    assert (clone / "data").is_dir()


def _blocks(title: str) -> list[str]:
    """The fenced blocks of a section of the README."""
    [section] = re.findall(rf"^## {title}.*?(?=^## )", (REPOSITORY / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    return re.findall(r"^```\n(.*?)^```", section, re.MULTILINE | re.DOTALL)


def _command(block: str) -> str:
    """What is typed after the prompt, in one or several lines."""
    typed = re.match(r"\$ ((?:.*\\\n)*.*)\n", block)
    assert typed is not None, block
    return typed[1]


def _type(command: str, clone: Path) -> str:
    """As typed in the clone; what it prints."""
    done = subprocess.run(["sh", "-c", command], check=False, cwd=clone, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.usefixtures("running")
def test_an_account_and_its_first_mail_by_the_readme_alone(
    clone: Path, legacy: SinkServer, record_property: Callable[[str, object], None]
) -> None:
    """`account add`, swaks, msmtp and curl as the README has them; all of it within a minute."""
    add, swaks, settings, msmtp, *_ = _blocks("Accounts")
    before, began = len(legacy.messages), time.monotonic()
    password = _type(_command(add), clone).split()[-1]
    _type(_command(swaks).replace("PASSWORD", password), clone)
    arrived(legacy, before + 1)
    record_property("seconds from `account add` to its first mail at the sink", round(time.monotonic() - began, 2))
    (clone / "password").write_text(password + "\n")
    (clone / "msmtprc").write_text(settings)
    _type("chmod 600 password msmtprc", clone)
    _type(_command(msmtp), clone)
    deliver, read, *_ = _blocks("Reading mail")
    _type(_command(deliver), clone)
    assert "Subject: disk full" in _type(_command(read).replace("PASSWORD", password), clone)
    for message in arrived(legacy, before + 2)[before:]:
        assert message.sender == "al@home.example"
        assert b"with ESMTPSA" in message.octets
    assert time.monotonic() - began < 60
