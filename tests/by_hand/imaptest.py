"""The scripts of Dovecot's imaptest, one by one, as a table:
`python -m tests.by_hand.imaptest SOURCE PORT USER PASSWORD [--other USER] [SCRIPT…]`, where SOURCE is its built source
tree, and the other user has the same password: without one a script is skipped. It gets a mailbox `imaptest`.

The server listens on loopback. Each script gets a session of its own, and finds the account as the last one left it.
"""

import argparse
import imaplib
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Arguments:
    """As typed."""

    source: Path
    port: int
    user: str
    password: str
    other: str | None
    scripts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a script. `said`: what imaptest wrote where it did not pass."""

    script: str
    outcome: str
    said: str


def _arguments(words: list[str]) -> Arguments:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("user")
    parser.add_argument("password")
    parser.add_argument("--other")
    parser.add_argument("scripts", nargs="*")
    given = parser.parse_intermixed_args(words)
    return Arguments(given.source, given.port, given.user, given.password, given.other, tuple(given.scripts))


def scripts(source: Path) -> list[str]:
    """All that are not kept as broken."""
    files = (source / "src/tests").iterdir()
    return sorted(each.name for each in files if each.is_file() and each.suffix != ".mbox")


def run(arguments: Arguments, script: str) -> Result:
    """In a folder with nothing but the script and its mail."""
    try:
        said = _said(arguments, script)
    except subprocess.TimeoutExpired as trouble:
        said = f"not finished after {trouble.timeout} s"
    return Result(script, _outcome(said), "\n".join(line[:200] for line in said.splitlines()))


def _said(arguments: Arguments, script: str) -> str:
    tests = arguments.source / "src/tests"
    with tempfile.TemporaryDirectory() as folder:
        for name in (script, f"{script}.mbox", "default.mbox"):
            if (tests / name).exists():
                shutil.copy(tests / name, folder)
        done = subprocess.run(
            [
                str((arguments.source / "src/imaptest").resolve()),
                f"test={folder}",
                "host=127.0.0.1",
                f"port={arguments.port}",
                f"user={arguments.user}",
                f"pass={arguments.password}",
                f"mbox={folder}/default.mbox",
                *([f"user2={arguments.other}"] if arguments.other else []),
            ],
            check=False,
            capture_output=True,
            timeout=30,
            cwd=folder,
        )
    return (done.stdout + done.stderr).decode(errors="replace")


def _make_mailbox(arguments: Arguments, user: str) -> None:
    """The one that all scripts select, which imaptest makes for the first user alone."""
    with imaplib.IMAP4("127.0.0.1", arguments.port, timeout=20) as connection:
        connection.login(user, arguments.password)
        connection.create("imaptest")


def _outcome(said: str) -> str:
    """`1 test groups: 0 failed, 0 skipped due to missing capabilities`."""
    found = re.search(r"(\d+) test groups?: (\d+) failed, (\d+) skipped", said)
    if not found:
        return "died"
    groups, failed, skipped = map(int, found.groups())
    if failed:
        return "FAILED"
    return "skipped" if skipped or not groups else "passed"


def main() -> int:
    """0: every script passed."""
    arguments = _arguments(sys.argv[1:])
    if arguments.other:
        _make_mailbox(arguments, arguments.other)
    results = [run(arguments, script) for script in arguments.scripts or scripts(arguments.source)]
    width = max(len(each.script) for each in results)
    for each in results:
        sys.stdout.write(f"{each.script:{width}}  {each.outcome}\n")
    for each in results:
        if each.outcome != "passed":
            sys.stdout.write(f"\n== {each.script}\n{each.said}\n")
    passed = sum(each.outcome == "passed" for each in results)
    sys.stdout.write(f"\n{passed} of {len(results)} passed\n")
    return 0 if passed == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
