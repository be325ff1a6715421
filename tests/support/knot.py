"""Knot DNS, an authoritative name server that takes signed updates (RFC 2136, RFC 8945)."""

import base64
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Self

import dns.exception
import dns.message
import dns.query

from tests.support.patience import wait_for
from tests.support.peers import installed
from tests.support.ports import free_port

_CONFIG = """\
server:
    rundir: "{folder}"
    listen: 127.0.0.1@{port}
    user: {user}
key:
  - id: updates
    algorithm: hmac-sha256
    secret: {secret}
acl:
  - id: updates
    key: updates
    action: update
database:
    storage: "{folder}/db"
zone:
  - domain: {zone}
    storage: "{folder}"
    file: zone
    acl: updates
log:
  - target: stderr
    any: info
"""

_ZONE = """\
$TTL 60
@ SOA ns.{zone}. admin.{zone}. 1 3600 600 86400 60
@ NS ns.{zone}.
@ A 127.0.0.1
ns A 127.0.0.1
"""


class Knot:
    """Runs from entry to exit, with one zone."""

    key = "updates"

    def __init__(self, _: Path, zone: str) -> None:
        self.port = free_port()
        self.zone = zone
        self.secret = base64.b64encode(os.urandom(32)).decode()
        self._folder = Path(tempfile.mkdtemp(prefix="knot-"))
        settings = {"folder": self._folder, "port": self.port, "secret": self.secret, "zone": zone}
        user = "root" if os.getuid() == 0 else str(os.getuid())
        (self._folder / "db").mkdir()
        self._config = self._folder / "knot.conf"
        self._config.write_text(_CONFIG.format(**settings, user=user))
        (self._folder / "zone").write_text(_ZONE.format(zone=zone))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Address and port."""
        return f"127.0.0.1:{self.port}"

    @property
    def update_arguments(self) -> tuple[str, int, str, str, str]:
        """What a program needs to send updates."""
        return ("127.0.0.1", self.port, self.zone, self.key, self.secret)

    def __enter__(self) -> Self:
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen([installed("knotd"), "-c", str(self._config)], stdout=log, stderr=log)
        try:
            wait_for(self._answers, what=f"knotd: {(self._folder / 'log').read_text()}")
        except TimeoutError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
        shutil.rmtree(self._folder, ignore_errors=True)

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name."""
        answer = dns.query.udp(dns.message.make_query(name, "TXT"), "127.0.0.1", timeout=5, port=self.port)
        return [each.to_text() for rrset in answer.answer for each in rrset]

    def _answers(self) -> bool:
        try:
            query = dns.message.make_query(self.zone, "SOA")
            return bool(dns.query.udp(query, "127.0.0.1", timeout=0.5, port=self.port).answer)
        except (OSError, dns.exception.DNSException):
            return False
