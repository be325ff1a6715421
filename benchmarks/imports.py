"""`gateway import` as a user runs it, beside a running gateway: messages a second, durable; then how long the full-text
index takes to follow. `python -m benchmarks.imports [--count N] [--dir FOLDER]`.
"""

import argparse
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.archive import write_mbox
from tests.support import processes
from tests.support.gateway_process import REPOSITORY, Gateway

TARGET: Final = 10_000.0
"""Messages a second."""
FOLLOWING: Final = 2.0
"""Times as long as the import would take at the target: by then all is in the index."""
_OWNER: Final = "al@home.example"
_PATIENCE: Final = 600.0


@dataclass(frozen=True, slots=True)
class Imported:
    """Seconds since the command began, and processor time."""

    count: int
    octets: int
    stored: float
    indexed: float
    command_cpu: float
    index_cpu: float

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.count / self.stored

    @property
    def most(self) -> float:
        """When all is to be indexed."""
        return FOLLOWING * self.count / TARGET

    @property
    def in_time(self) -> bool:
        """Whether it was."""
        return self.indexed <= self.most


def measure(folder: Path, count: int) -> Imported:
    """Into a new account of a gateway with the default configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    mbox = folder / "archive.mbox"
    write_mbox(mbox, count)
    routes = [{"name": "local", "when": {"local": True}, "deliver": "mailbox"}]
    config = {"workers": "auto", "domains": [{"name": "home.example"}], "routes": routes}
    with Gateway(folder, config) as gateway:
        gateway.account(_OWNER)
        began, before = time.monotonic(), _cpu(gateway.pid)
        command = _run(mbox, gateway)
        stored = time.monotonic() - began
        [database] = (gateway.data / "mail").glob("*/*/mail.db")
        _wait(lambda: _followed(database, count))
        indexed = time.monotonic() - began
        index_cpu = _cpu(gateway.pid) - before
    return Imported(count, mbox.stat().st_size, stored, indexed, command, index_cpu)


def _run(mbox: Path, gateway: Gateway) -> float:
    """The command; its processor time."""
    command = [sys.executable, "-m", "gateway", "import", _OWNER, str(mbox), "--config", str(gateway.file), "--json"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL) as process:
        used = 0.0
        while process.poll() is None:
            used = max(used, _cpu(process.pid))
            time.sleep(0.05)
        if process.returncode:
            raise AssertionError(f"gateway import ended with {process.returncode}")
    return used


def _cpu(pid: int) -> float:
    return sum(processes.processor_seconds(each) for each in processes.descendants(pid))


def _followed(database: Path, count: int) -> bool:
    """Whether the index knows the account's state, with all messages."""
    with closing(_read(database)) as mail, closing(_read(database.with_name("index.db"))) as index:
        try:
            followed, last = index.execute("SELECT followed, last FROM progress").fetchone()
        except sqlite3.OperationalError:
            return False
        [seq] = mail.execute("SELECT seq FROM account").fetchone()
    return bool(followed == seq and last == count)


def _read(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True, isolation_level=None)


def _wait(reached: Callable[[], bool]) -> None:
    until = time.monotonic() + _PATIENCE
    while not reached():
        if time.monotonic() > until:
            raise AssertionError("the index did not follow")
        time.sleep(0.05)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imports", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--dir", help="where the data lies")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gateway-bench-", dir=options.dir) as name:
        found = measure(Path(name), options.count)
    each = found.octets / found.count
    print(f"{found.count:,} messages of {each:,.0f} octets: {found.rate:,.0f} a second, {found.stored:.1f} s")
    print(f"  indexed {found.indexed:.1f} s after the beginning (target: {found.most:.1f} s)")
    cpu = (1e6 * used / found.count for used in (found.command_cpu, found.index_cpu))
    print("  CPU a message: import {:.0f} µs, gateway with its index {:.0f} µs".format(*cpu))


if __name__ == "__main__":
    main()
