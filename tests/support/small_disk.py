"""A gateway whose data folder is a file system of a few megabytes, in a mount namespace of its own (unshare(1))."""

import json
import subprocess
import sys
from pathlib import Path

from tests.support.gateway_process import Config, Gateway
from tests.support.peers import installed

_MOUNT = 'mount -t tmpfs -o size="$0" tmpfs "$1" && shift && exec "$@"'


class SmallDisk:
    """The disk as seen from outside of the namespace."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    @property
    def folder(self) -> Path:
        return Path(f"/proc/{self._gateway.pid}/root{self._gateway.data}")

    @property
    def _filler(self) -> Path:
        return self.folder / "filler"

    def account(self, address: str) -> str:
        """Makes an account there; its password."""
        inside = [installed("nsenter"), f"--target={self._gateway.pid}", "--user", "--mount", "--preserve-credentials"]
        command = [sys.executable, "-m", "gateway", "account", "add", address, "--json"]
        environment = self._gateway.environment | {"GATEWAY_CONFIG": str(self._gateway.file)}
        done = subprocess.run([*inside, *command], check=True, capture_output=True, env=environment, timeout=60)
        return str(json.loads(done.stdout)["password"])

    def fill(self) -> None:
        """Use up all that is left."""
        with self._filler.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                return

    def empty(self) -> None:
        """Give it back."""
        self._filler.unlink()


def on_small_disk(folder: Path, config: Config, *, size: str = "24m") -> tuple[Gateway, SmallDisk]:
    """A gateway, not yet started."""
    gateway = Gateway(folder, config)
    gateway.data.mkdir(parents=True)
    gateway.prefix = [installed("unshare"), "-rm", "sh", "-c", _MOUNT, size, str(gateway.data)]
    return gateway, SmallDisk(gateway)
