"""smtp-source and smtp-sink, Postfix's own load generator and its opposite (smtp-source(1), smtp-sink(1))."""

import os
import subprocess
import threading
from dataclasses import dataclass
from typing import Self

from tests.support.patience import wait_for
from tests.support.peers import installed
from tests.support.ports import free_port
from tests.support.smtp_client import Client


class SmtpSink:
    """Takes everything and counts it."""

    def __init__(self, *options: str) -> None:
        self.port = free_port()
        self.count = 0
        user = ["-u", "nobody"] if os.getuid() == 0 else []
        self._command = [installed("smtp-sink"), *user, "-c", *options, f"127.0.0.1:{self.port}", "1000"]
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()
        wait_for(self._greets, what="smtp-sink to answer")
        return self

    def __exit__(self, *_: object) -> None:
        if self._process and self._reader:
            self._process.kill()
            self._process.wait(10)
            self._reader.join(10)
            if self._process.stdout:
                self._process.stdout.close()

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        """It writes `sess=N quit=N mesg=N` and CR, again and again."""
        pending = b""
        while process.stdout and (data := os.read(process.stdout.fileno(), 65536)):
            *whole, pending = (pending + data).split(b"\r")
            if whole:
                self.count = int(whole[-1].rpartition(b"mesg=")[2])

    def _greets(self) -> bool:
        try:
            with Client(self.port) as client:
                return client.answer().code == 220
        except OSError:
            return False


@dataclass(frozen=True, slots=True)
class Load:
    """What smtp-source is to send. `reuse`: many messages a connection."""

    messages: int
    size: int
    connections: int = 20
    reuse: bool = True
    sender: str = "source@sender.example"
    recipient: str = "sink@sink.example"

    def command(self, port: int) -> list[str]:
        """The arguments of smtp-source."""
        reuse = ["-d"] if self.reuse else []
        numbers = ["-s", str(self.connections), "-m", str(self.messages), "-l", str(self.size)]
        addresses = ["-f", self.sender, "-t", self.recipient]
        return [installed("smtp-source"), *numbers, *reuse, *addresses, f"127.0.0.1:{port}"]

    def send(self, port: int, *, within: float = 300) -> None:
        """Send it all. Raises CalledProcessError when the server refuses anything."""
        subprocess.run(self.command(port), check=True, capture_output=True, timeout=within)
