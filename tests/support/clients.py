"""People's programs: msmtp and curl, as commands that send one message over a submission port of the test's gateway."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.configs import letter
from tests.support.peers import installed
from tests.support.submission import ACCOUNT, Submissions

TO = "bo@old.example"
LETTER = letter("from a client").replace(b"ops@legacy.example", TO.encode())


@dataclass(frozen=True, slots=True)
class Done:
    """How a program ended, and what it printed."""

    status: int
    said: str


def run(command: list[str], stdin: bytes = b"") -> Done:
    """Run it to its end."""
    done = subprocess.run(command, check=False, input=stdin, capture_output=True, timeout=60)
    return Done(done.returncode, (done.stdout + done.stderr).decode(errors="replace"))


def msmtp(folder: Path, server: Submissions, lines: Mapping[str, str]) -> Done:
    """msmtp over STARTTLS, which checks the certificate; `lines` are more of its settings."""
    settings = {
        "host": "localhost",
        "port": str(server.starttls),
        "from": ACCOUNT,
        "tls": "on",
        "tls_starttls": "on",
        "tls_trust_file": str(server.certificate),
    }
    file = folder / "msmtprc"
    text = "".join(f"{key} {value}\n" for key, value in (settings | dict(lines)).items())
    file.write_text(f"account default\n{text}")
    file.chmod(0o600)
    return run([installed("msmtp"), "-C", str(file), "--", TO], LETTER)


def curl(folder: Path, server: Submissions, *options: str) -> Done:
    """curl over TLS from the first octet, which checks the certificate."""
    file = folder / "letter"
    file.write_bytes(LETTER)
    command = [installed("curl"), "-sS", "--max-time", "30", "--cacert", str(server.certificate)]
    command += ["--mail-from", ACCOUNT, "--mail-rcpt", TO, "--upload-file", str(file)]
    return run([*command, f"smtps://localhost:{server.implicit}", *options])
