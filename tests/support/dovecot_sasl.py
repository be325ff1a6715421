"""Dovecot as nothing but a SASL server for Postfix (root only): one account, kept as a SCRAM verifier."""

import subprocess
from pathlib import Path
from typing import Self

from tests.support import processes
from tests.support.folders import let_others_in, socket_folder
from tests.support.patience import wait_for
from tests.support.peers import installed

_SETTINGS = """\
base_dir = {sockets}
state_dir = {folder}/state
log_path = {folder}/log
protocols =
listen = 127.0.0.1
ssl = no
auth_mechanisms = plain login scram-sha-1 scram-sha-256
auth_verbose = yes
default_internal_user = dovecot
default_login_user = dovenull
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}
}}
service anvil {{
  chroot =
}}
service auth {{
  unix_listener {folder}/socket {{
    mode = 0666
  }}
}}
"""


class DovecotSasl:
    """As a context manager it runs from entry to exit."""

    def __init__(self, folder: Path, user: str, password: str, *, scheme: str = "SCRAM-SHA-256") -> None:
        self.socket = folder / "socket"
        self._folder = folder
        self._sockets = socket_folder()
        folder.mkdir(parents=True)
        verifier = self._doveadm("pw", "-s", scheme, "-p", password)
        (folder / "users").write_text(f"{user}:{verifier}\n")
        self._file = folder / "dovecot.conf"
        self._file.write_text(_SETTINGS.format(folder=folder, sockets=self._sockets))

    @staticmethod
    def _doveadm(*arguments: str) -> str:
        command = [installed("doveadm"), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=20).stdout.strip()

    def __enter__(self) -> Self:
        let_others_in(self._folder)
        # It goes into the background and keeps what it was given for its output.
        quiet = subprocess.DEVNULL
        command = [installed("dovecot"), "-c", str(self._file)]
        subprocess.run(command, check=True, stdout=quiet, stderr=quiet, timeout=20)
        wait_for(self.socket.exists, what="Dovecot's socket")
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run([installed("dovecot"), "-c", str(self._file), "stop"], check=False, timeout=20)

    def processor_seconds(self) -> float:
        """Processor time until now of the master and its living children."""
        master = int((self._sockets / "master.pid").read_text())
        return sum(processes.processor_seconds(pid) for pid in processes.descendants(master))
