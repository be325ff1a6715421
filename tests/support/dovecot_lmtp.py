"""Dovecot as an LMTP server (root only): it takes mail for everybody, into a mailbox for each address."""

import subprocess
from pathlib import Path
from typing import Self

from tests.support import processes
from tests.support.folders import let_others_in, socket_folder
from tests.support.patience import wait_for
from tests.support.peers import installed
from tests.support.ports import free_port
from tests.support.smtp_client import Client

_SETTINGS = """\
base_dir = {sockets}
state_dir = {folder}/state
log_path = {folder}/log
protocols = lmtp
listen = 127.0.0.1
ssl = no
default_internal_user = dovecot
default_login_user = dovenull
auth_username_format = %u
mail_location = {mail_format}:{folder}/mail/%u
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}/mail/%u allow_all_users=yes
}}
service anvil {{
  chroot =
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {port}
  }}
}}
protocol lmtp {{
  postmaster_address = postmaster@home.example
}}
"""


class DovecotLmtp:
    """As a context manager it runs from entry to exit. `mail_format`: of mail_location."""

    def __init__(self, folder: Path, *, mail_format: str = "maildir") -> None:
        self.port = free_port()
        self._folder = folder
        self._sockets = socket_folder()
        (folder / "mail").mkdir(parents=True)
        (folder / "mail").chmod(0o777)
        self._file = folder / "dovecot.conf"
        settings = {"folder": folder, "sockets": self._sockets, "port": self.port, "mail_format": mail_format}
        self._file.write_text(_SETTINGS.format(**settings))

    def __enter__(self) -> Self:
        let_others_in(self._folder)
        # It goes into the background and keeps what it was given for its output.
        quiet = subprocess.DEVNULL
        command = [installed("dovecot"), "-c", str(self._file)]
        subprocess.run(command, check=True, stdout=quiet, stderr=quiet, timeout=20)
        wait_for(self._greets, what="Dovecot's LMTP to answer")
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run([installed("dovecot"), "-c", str(self._file), "stop"], check=False, timeout=20)

    def _greets(self) -> bool:
        try:
            with Client(self.port) as client:
                return client.answer().code == 220
        except OSError:
            return False

    def processor_seconds(self) -> float:
        """Processor time until now of the master and its living children."""
        master = int((self._sockets / "master.pid").read_text())
        return sum(processes.processor_seconds(pid) for pid in processes.descendants(master))

    def mailbox(self, address: str) -> list[bytes]:
        """The messages that were delivered to this address, where they lie in a Maildir."""
        return [file.read_bytes() for file in (self._folder / "mail" / address / "new").glob("*")]

    def log(self) -> str:
        """What it logged."""
        return (self._folder / "log").read_text(errors="replace")
