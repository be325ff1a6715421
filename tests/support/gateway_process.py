"""The real gateway, as a process of its own with a configuration of the test's, all of it in the test's folder."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from gateway.app.indexing import NAME
from tests.support import processes
from tests.support.patience import wait_for
from tests.support.ports import free_ports
from tests.support.smtp_client import Client

REPOSITORY = Path(__file__).parents[2]
Config = dict[str, Any]


class Gateway:
    """`gateway serve` with a listener for each of SMTP, IMAP, IMAP under TLS and metrics on loopback, and what else
    `config` says: its keys take the place of those here, `more_listeners` are added.

    As a context manager it runs from entry to exit; leaving it demands a clean stop.
    """

    def __init__(self, folder: Path, config: Config, *, environment: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.port, self.metrics_port, self.imap_port, self.imaps_port = free_ports(4)
        self.config = self._defaults() | config
        self.config["listeners"] += self.config.pop("more_listeners", [])
        self.file = folder / "gateway.yaml"
        self.data = Path(self.config["data"])
        self.prefix: list[str] = []
        self.command = [sys.executable, "-m", "gateway", "serve", "--config", str(self.file)]
        self.environment = os.environ | {"PYTHONUNBUFFERED": "1"} | (environment or {})
        self.output = folder / "gateway.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.sound = True
        """False: the test spoils the data, so that `gateway verify` would complain at its end."""
        self.write()

    def _defaults(self) -> Config:
        return {
            "hostname": "gw.example",
            "data": str(self.folder / "data"),
            "workers": 1,
            "dns": {"servers": ["127.0.0.1:1"]},
            "trusted_networks": ["127.0.0.1/32"],
            "log": {"format": "json"},
            "listeners": [
                {"name": "mx", "protocol": "smtp", "bind": f"127.0.0.1:{self.port}"},
                {"name": "imap", "protocol": "imap", "bind": f"127.0.0.1:{self.imap_port}"},
                {"name": "imaps", "protocol": "imap", "bind": f"127.0.0.1:{self.imaps_port}", "tls": "implicit"},
                {"name": "metrics", "protocol": "metrics", "bind": f"127.0.0.1:{self.metrics_port}"},
            ],
        }

    def write(self, **changes: Any) -> None:
        """Write the configuration, with these keys changed from now on. JSON is YAML."""
        self.config |= changes
        self.file.write_text(json.dumps(self.config, ensure_ascii=False, indent=1), encoding="utf-8")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if self.process:
                self.stop()
        except (AssertionError, subprocess.TimeoutExpired):
            if kind is None:
                raise
        finally:
            self.kill()

    def start(self, *, ready: bool = True) -> Self:
        """Start it, and wait until it is ready to take mail."""
        with self.output.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.prefix, *self.command],
                stdout=log,
                stderr=log,
                env=self.environment,
                cwd=REPOSITORY,
                start_new_session=True,
            )
        if ready:
            self.wait_ready()
        return self

    def wait_ready(self, within: float = 30) -> None:
        """Until /readyz says so. Raises AssertionError with the output when the process ends instead."""
        wait_for(self._ready_or_dead, within=within, what=f"/readyz, output {self.tail()}")

    def _ready_or_dead(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise AssertionError(f"the gateway did not start:\n{self.tail()}")
        return self.http_status("/readyz") == 200

    def http_status(self, path: str) -> int:
        """The status of a page of the metrics listener; 0 where nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}{path}", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return 0

    def page(self, path: str = "/metrics") -> str:
        """A page of the metrics listener."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}{path}", timeout=10) as answer:
            return str(answer.read().decode())

    def metric(self, name: str, /, **labels: str) -> float:
        """The sum of a metric over all label sets that contain `labels`."""
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        total = 0.0
        for line in self.page().splitlines():
            head, _, value = line.rpartition(" ")
            if head.partition("{")[0] == name and all(each in head for each in wanted):
                total += float(value)
        return total

    def smtp(self, *, source: str = "127.0.0.1", timeout: float = 20) -> Client:
        """A greeted connection; by default from the trusted address."""
        with ExitStack() as stack:
            client = stack.enter_context(Client(self.port, source=source, timeout=timeout))
            answer = client.greet()
            if answer.code != 250:
                raise ConnectionError(f"not greeted: {answer}")
            stack.pop_all()
        return client

    def cli(self, *arguments: str, stdin: bytes = b"", ok: bool = True) -> str:
        """The output of another command of the gateway with the same configuration; `ok`: it has to succeed."""
        command = [sys.executable, "-m", "gateway", *arguments]
        environment = self.environment | {"GATEWAY_CONFIG": str(self.file)}
        done = subprocess.run(
            command, check=False, input=stdin, capture_output=True, env=environment, cwd=REPOSITORY, timeout=60
        )
        if ok and done.returncode != 0:
            raise AssertionError(f"{arguments} ended with {done.returncode}: {done.stderr.decode()}")
        return done.stdout.decode() if ok else done.stdout.decode() + done.stderr.decode()

    def account(self, address: str, *options: str) -> str:
        """Makes an account; its password."""
        return str(json.loads(self.cli("account", "add", address, "--json", *options))["password"])

    def queue(self, *filters: str) -> list[dict[str, Any]]:
        """`gateway queue list --json`."""
        return list(json.loads(self.cli("queue", "list", "--json", *filters)))

    @property
    def pid(self) -> int:
        """The supervisor's process id."""
        if self.process is None:
            raise AssertionError("the gateway does not run")
        return self.process.pid

    @property
    def workers(self) -> list[int]:
        """Process ids of the workers, without helpers of Python's own and the process that indexes."""
        children = (pid for pid in processes.children(self.pid) if processes.name(pid) != NAME)
        lines = {pid: processes.command_line(pid) for pid in children}
        return [pid for pid, line in lines.items() if line and "tracker" not in " ".join(line)]

    def kill_worker(self, number: int = 0) -> int:
        """kill -9 one worker; its process id."""
        victim = self.workers[number]
        os.kill(victim, signal.SIGKILL)
        return victim

    def reload(self) -> None:
        """SIGHUP."""
        os.kill(self.pid, signal.SIGHUP)

    def stop(self, within: float = 30) -> None:
        """SIGTERM; it has to end cleanly, in time."""
        process, self.process = self.process, None
        assert process is not None
        if process.poll() is None:
            process.terminate()
        try:
            status = process.wait(within)
        finally:
            self._kill_group(process)
        assert status == 0, f"exit status {status}:\n{self.tail()}"

    def kill(self) -> None:
        """kill -9 supervisor and workers, as a power cut would."""
        process, self.process = self.process, None
        if process is not None:
            self._kill_group(process)
            process.wait(10)

    @staticmethod
    def _kill_group(process: subprocess.Popen[bytes]) -> None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def log(self) -> list[dict[str, Any]]:
        """Events logged until now; lines that are no JSON are left out."""
        lines = self.output.read_text(encoding="utf-8", errors="replace").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    def wait_log(self, event: str, *, within: float = 20) -> dict[str, Any]:
        """The first event of that name, once it is logged."""

        def found() -> list[dict[str, Any]]:
            return [each for each in self.log() if each["event"] == event]

        return wait_for(found, within=within, what=f"the event {event!r}, output {self.tail()}")[0]

    def tail(self, octets: int = 6000) -> str:
        """The end of what it printed."""
        return self.output.read_text(encoding="utf-8", errors="replace")[-octets:] if self.output.exists() else ""
