"""Debian's pebble, the ACME server for tests, with a DNS server of the test's that it asks."""

import json
import os
import ssl
import subprocess
import urllib.request
from pathlib import Path
from typing import Self

from tests.support.patience import wait_for
from tests.support.peers import installed
from tests.support.ports import free_ports
from tests.unit.certificates.authority import Authority


class Pebble:
    """Runs from entry to exit. `http_port`: where it looks for answers to http-01; `lifetime` in seconds."""

    def __init__(self, folder: Path, http_port: int, dns: str, *, lifetime: int = 7_776_000) -> None:
        self._folder = folder
        self._dns = dns
        self.port, self._management, tls_port = free_ports(3)
        authority = Authority("pebble's own")
        self.ca_file = folder / "pebble-ca.pem"
        self.ca_file.write_bytes(authority.pem)
        files = authority.write(folder, "pebble", "localhost")
        self._client = ssl.create_default_context(cafile=str(self.ca_file))
        settings = {
            "listenAddress": f"127.0.0.1:{self.port}",
            "managementListenAddress": f"127.0.0.1:{self._management}",
            "certificate": str(files.certificate),
            "privateKey": str(files.key),
            "httpPort": http_port,
            "tlsPort": tls_port,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": False,
            "certificateValidityPeriod": lifetime,
        }
        self._config = folder / "pebble.json"
        self._config.write_text(json.dumps({"pebble": settings}))
        self.output = folder / "pebble.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def directory(self) -> str:
        """As `tls.acme.directory` has it."""
        return f"https://localhost:{self.port}/dir"

    def __enter__(self) -> Self:
        environment = os.environ | {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_AUTHZREUSE": "0", "PEBBLE_WFE_NONCEREJECT": "5"}
        command = [installed("pebble"), "-config", str(self._config), "-strict", "-dnsserver", self._dns]
        with self.output.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        wait_for(self._answers, what="pebble to answer")
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)

    def _answers(self) -> bool:
        try:
            return bool(self._get(self.port, "/dir"))
        except OSError:
            return False

    def root(self) -> str:
        """The authority that signs what pebble issues, PEM."""
        return self._get(self._management, "/roots/0").decode()

    def _get(self, port: int, path: str) -> bytes:
        with urllib.request.urlopen(f"https://localhost:{port}{path}", timeout=10, context=self._client) as answer:
            return bytes(answer.read())
