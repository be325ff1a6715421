"""A Postfix instance of its own (root only): queue, configuration and ports apart from the system's."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Self

from tests.support import processes
from tests.support.folders import let_others_in
from tests.support.patience import wait_for
from tests.support.peers import installed
from tests.support.smtp_client import Client

_SERVICES = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

_SETTINGS = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
myhostname = postfix.example
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:{relay_to}
smtpd_client_connection_count_limit = 0
smtpd_peername_lookup = no
disable_dns_lookups = yes
smtputf8_enable = yes
alias_maps =
alias_database =
maillog_file = {log}
maillog_file_prefixes = /var/log
{more}
"""


class Postfix:
    """Relays all that it takes on `port` to `relay_to`. As a context manager it runs from entry to exit.

    `services`: more lines for master.cf; `more`: settings for main.cf.
    """

    def __init__(self, folder: Path, port: int, relay_to: int, *, services: str = "", **more: str) -> None:
        self.folder, self.port = folder, port
        self.log = Path(f"/var/log/postfix-{os.getpid()}-{port}.log")
        self._etc = folder / "etc"
        for name in ("etc", "queue", "data"):
            (folder / name).mkdir(parents=True)
        shutil.chown(folder / "data", "postfix")
        lines = "".join(f"{key} = {value}\n" for key, value in more.items())
        settings = _SETTINGS.format(folder=folder, relay_to=relay_to, log=self.log, more=lines)
        (self._etc / "main.cf").write_text(settings)
        (self._etc / "master.cf").write_text(_SERVICES.format(port=port) + services)

    def __enter__(self) -> Self:
        let_others_in(self.folder)
        self._run("start")
        wait_for(self._greets, what="Postfix to answer")
        return self

    def __exit__(self, *_: object) -> None:
        self._run("stop")
        self.log.unlink(missing_ok=True)

    def _run(self, action: str) -> None:
        command = [installed("postfix"), "-c", str(self._etc), action]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"postfix {action}: {done.stderr}{self.mail_log()}"

    def _greets(self) -> bool:
        try:
            with Client(self.port) as client:
                return client.answer().code == 220
        except OSError:
            return False

    @property
    def master(self) -> int:
        """The process id of its master."""
        return int((self.folder / "queue/pid/master.pid").read_text())

    def processor_seconds(self) -> float:
        """Processor time until now of master, all its living children, and those that it has reaped."""
        return sum(processes.processor_seconds(pid) for pid in processes.descendants(self.master))

    def mail_log(self) -> str:
        """What it logged."""
        return self.log.read_text(errors="replace")
