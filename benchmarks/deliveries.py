"""Deliveries per second into local mailboxes, against Debian's Postfix with Dovecot's LMTP.

Both take the mail over SMTP, keep it in a durable queue, and deliver it durably: Dovecot into mdbox, its fastest
format, with `mail_fsync = optimized`, its default. Counted is what lies in the mailboxes.
"""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from benchmarks.relays import WORKERS
from benchmarks.throughput import Measured
from tests.support import processes
from tests.support.dovecot_lmtp import DovecotLmtp
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.ports import free_port
from tests.support.postfix import Postfix

TARGET = 2.0
MAILBOXES = 100
THREADS = 20


@dataclass(frozen=True, slots=True)
class Scenario:
    """One load."""

    name: str
    size: int
    mailboxes: int
    messages: int


SCENARIOS = (
    Scenario("2 KB, 1 mailbox", 2048, 1, 3000),
    Scenario("2 KB, 100 mailboxes", 2048, MAILBOXES, 3000),
    Scenario("50 KB, 1 mailbox", 51_200, 1, 1500),
    Scenario("50 KB, 100 mailboxes", 51_200, MAILBOXES, 1500),
)


class Server(Protocol):
    """What is measured."""

    @property
    def name(self) -> str:
        """For the table."""
        ...

    @property
    def port(self) -> int:
        """Where it takes mail."""
        ...

    def delivered(self) -> int:
        """Messages that lie in mailboxes."""
        ...

    def processor_seconds(self) -> float:
        """Processor time used until now."""
        ...

    def rest(self) -> None:
        """Return when it has nothing more to do, so that it does not slow the other one down."""
        ...


@dataclass(slots=True)
class GatewayServer:
    """The gateway with two workers."""

    gateway: Gateway
    name: str = "gateway"
    _databases: dict[Path, sqlite3.Connection] = field(default_factory=dict)

    @property
    def port(self) -> int:
        return self.gateway.port

    def delivered(self) -> int:
        for file in (self.gateway.data / "mail").glob("*/*/mail.db"):
            if file not in self._databases:
                self._databases[file] = sqlite3.connect(f"file:{file}?mode=ro", uri=True, isolation_level=None)
        counts = (db.execute("SELECT total(messages) FROM mailbox").fetchone() for db in self._databases.values())
        return sum(int(count) for (count,) in counts)

    def processor_seconds(self) -> float:
        return sum(processes.processor_seconds(pid) for pid in processes.descendants(self.gateway.pid))

    def rest(self) -> None:
        time.sleep(1)
        waiting = "gateway_index_waiting_messages"
        wait_for(lambda: self.gateway.metric(waiting) == 0, within=120, what="the full-text index to follow")

    def close(self) -> None:
        """Let go of the databases."""
        for database in self._databases.values():
            database.close()


@dataclass(frozen=True, slots=True)
class PostfixServer:
    """Debian's Postfix, which hands over to Debian's Dovecot."""

    postfix: Postfix
    dovecot: DovecotLmtp
    name: str = "Postfix"

    @property
    def port(self) -> int:
        return self.postfix.port

    def delivered(self) -> int:
        return self.dovecot.log().count("saved mail to INBOX")

    def processor_seconds(self) -> float:
        return self.postfix.processor_seconds() + self.dovecot.processor_seconds()

    def rest(self) -> None:
        """It indexes nothing."""


@contextmanager
def gateway_server(folder: Path) -> Iterator[GatewayServer]:
    """A running gateway with all the mailboxes."""
    folder.mkdir(parents=True)
    config = {
        "workers": WORKERS,
        "domains": [{"name": "home.example"}],
        "limits": {"connections_per_client": 10_000},
        "routes": [{"name": "local", "when": {"local": True}, "deliver": "mailbox"}],
    }
    with Gateway(folder, config) as gateway:
        for number in range(MAILBOXES):
            gateway.account(f"box{number}@home.example")
        server = GatewayServer(gateway)
        try:
            yield server
        finally:
            server.close()


@contextmanager
def postfix_server(folder: Path) -> Iterator[PostfixServer]:
    """A running Postfix with a Dovecot that has every mailbox."""
    folder.mkdir(parents=True)
    with DovecotLmtp(folder / "dovecot", mail_format="mdbox") as dovecot:
        transport = {"transport_maps": f"static:lmtp:inet:127.0.0.1:{dovecot.port}"}
        services = "lmtp unix - - n - - lmtp\n"
        with Postfix(folder / "postfix", free_port(), free_port(), services=services, **transport) as postfix:
            yield PostfixServer(postfix, dovecot)


def deliveries(server: Server, scenario: Scenario, messages: int) -> tuple[float, float]:
    """One round: (messages per second until the last lies in its mailbox, processor seconds per message)."""
    before, used = server.delivered(), server.processor_seconds()
    start = time.monotonic()
    numbers = (server.port, messages, THREADS, scenario.size, scenario.mailboxes)
    command = [sys.executable, "-m", "benchmarks.delivery_client", *map(str, numbers)]
    subprocess.run(command, check=True, timeout=600)
    wait_for(lambda: server.delivered() >= before + messages, within=300, what=f"all messages through {server.name}")
    seconds = time.monotonic() - start
    if server.delivered() != before + messages:
        raise AssertionError(f"{server.name} delivered {server.delivered() - before} messages of {messages}")
    return messages / seconds, (server.processor_seconds() - used) / messages


def compare(servers: Sequence[Server], scenario: Scenario, *, rounds: int, messages: int) -> dict[str, Measured]:
    """Rounds of all in turn; by name. A first short round makes the mailboxes and warms them up."""
    measured = {server.name: Measured() for server in servers}
    for server in servers:
        deliveries(server, scenario, max(2 * scenario.mailboxes, messages // 20))
        server.rest()
    for _ in range(rounds):
        for server in servers:
            rate, processor = deliveries(server, scenario, messages)
            measured[server.name].rates.append(rate)
            measured[server.name].processor.append(processor)
            server.rest()
    return measured
