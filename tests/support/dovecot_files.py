"""Dovecot's own mbox files and Maildirs, written and read by its IMAP server over pipes (root only)."""

import re
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.folders import let_others_in, socket_folder
from tests.support.peers import installed

_SETTINGS: Final = """\
base_dir = {sockets}
state_dir = {folder}/state
log_path = {folder}/log
ssl = no
protocols =
mail_uid = nobody
mail_gid = nogroup
first_valid_uid = 0
first_valid_gid = 0
mail_location = {location}
namespace inbox {{
  inbox = yes
  separator = /
}}
"""
_FETCHED: Final = re.compile(
    rb'\* \d+ FETCH \(UID (\d+) FLAGS \(([^)]*)\) INTERNALDATE "([^"]*)" BODY\[\] \{(\d+)\}\r\n'
)


@dataclass(frozen=True)
class Fetched:
    """One message as IMAP shows it."""

    flags: frozenset[str]
    date: str
    body: bytes


class DovecotFiles:
    """`location` is a mail_location, where `~` is the folder `home`."""

    def __init__(self, folder: Path, location: str) -> None:
        self.home = folder / "home"
        self.home.mkdir(parents=True, exist_ok=True)
        let_others_in(folder)
        self.home.chmod(0o777)
        log = folder / "log"
        log.touch()
        log.chmod(0o666)
        self._file = folder / "dovecot.conf"
        self._file.write_text(_SETTINGS.format(folder=folder, sockets=socket_folder(), location=location))

    def ours(self) -> None:
        """Give all in `home` to nobody."""
        subprocess.run(["chown", "-R", "nobody:nogroup", str(self.home)], check=True, timeout=20)

    def imap(self, commands: bytes) -> bytes:
        """What the server says to these commands."""
        command = [installed("doveadm"), "-c", str(self._file), "exec", "imap"]
        environment = {"PATH": "/usr/bin:/bin:/usr/sbin", "USER": "al", "HOME": str(self.home)}
        pipe = subprocess.PIPE
        with (self.home.parent / "stderr").open("w+b") as errors:
            process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=errors, env=environment)
            giving_up = threading.Timer(30, process.kill)
            giving_up.start()
            with process:
                assert process.stdin is not None
                assert process.stdout is not None
                process.stdin.write(commands + b"z LOGOUT\r\n")
                process.stdin.flush()
                # Whoever closes before the last answer may not get it: the server then just ends.
                said = process.stdout.read()
            giving_up.cancel()
            errors.seek(0)
            assert b"z OK" in said, (said, errors.read())
        return said

    def append(self, mailbox: str, flags: str, date: str, message: bytes) -> bytes:
        """An APPEND as a command."""
        return b'a APPEND "%s" (%s) "%s" {%d+}\r\n%s\r\n' % (
            mailbox.encode(), flags.encode(), date.encode(), len(message), message
        )  # fmt: skip

    def fetch(self, mailbox: str) -> list[Fetched]:
        """All messages, without \\Recent."""
        said = self.imap(b'a EXAMINE "%s"\r\nb FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])\r\n' % mailbox.encode())
        found = []
        for each in _FETCHED.finditer(said):
            flags = frozenset(each[2].decode().split()) - {"\\Recent"}
            found.append(Fetched(flags, each[3].decode().strip(), said[each.end() : each.end() + int(each[4])]))
        return found
