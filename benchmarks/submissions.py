"""Authenticated submissions per second, a new connection and TLS handshake each, against Postfix with Dovecot's SASL.

Both keep the password as a SCRAM-SHA-256 verifier of 4096 iterations, show an EC P-256 certificate of the same making,
fsync before their 250, and relay to a smtp-sink of their own.
"""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.relays import Relay, gateway_config
from benchmarks.throughput import Measured
from gateway.certificates.self_signed import self_signed
from tests.support import processes
from tests.support.dovecot_sasl import DovecotSasl
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.ports import free_port
from tests.support.postfix import Postfix
from tests.support.postfix_tools import SmtpSink

TARGET = 1.5
CLIENTS = 2
"""Processes of the load; each has `THREADS`."""
THREADS = 10
ACCOUNT = "al@home.example"


class Server(Relay, Protocol):
    """What is measured; `port` is where submissions come in under TLS."""

    @property
    def password(self) -> str:
        """Of `ACCOUNT`."""
        ...


@dataclass(frozen=True, slots=True)
class GatewayServer:
    """The gateway with two workers."""

    gateway: Gateway
    sink: SmtpSink
    port: int
    password: str
    name: str = "gateway"

    def processor_seconds(self) -> float:
        return sum(processes.processor_seconds(pid) for pid in processes.descendants(self.gateway.pid))


@dataclass(frozen=True, slots=True)
class PostfixServer:
    """Debian's Postfix, which asks Debian's Dovecot about passwords."""

    postfix: Postfix
    dovecot: DovecotSasl
    sink: SmtpSink
    port: int
    password: str
    name: str = "Postfix"

    def processor_seconds(self) -> float:
        return self.postfix.processor_seconds() + self.dovecot.processor_seconds()


@contextmanager
def gateway_server(folder: Path) -> Iterator[GatewayServer]:
    """A running gateway with one account."""
    folder.mkdir(parents=True)
    port = free_port()
    quota = {"messages_per_hour": 0, "messages_per_day": 0, "recipients_per_hour": 0, "recipients_per_day": 0}
    with SmtpSink() as sink:
        made = Gateway(folder, gateway_config(sink.port))
        listener = {"name": "submissions", "protocol": "submission", "bind": f"127.0.0.1:{port}", "tls": "implicit"}
        made.write(
            listeners=[*made.config["listeners"], listener],
            domains=[{"name": "home.example"}],
            submission={"account": quota},
        )
        with made as gateway:
            yield GatewayServer(gateway, sink, port, gateway.account(ACCOUNT))


@contextmanager
def postfix_server(folder: Path, password: str) -> Iterator[PostfixServer]:
    """A running Postfix with a Dovecot that has one account."""
    folder.mkdir(parents=True)
    certificate, key = self_signed("localhost")
    (folder / "certificate.pem").write_bytes(certificate)
    (folder / "key.pem").write_bytes(key)
    port = free_port()
    with SmtpSink() as sink, DovecotSasl(folder / "dovecot", ACCOUNT, password) as dovecot:
        sasl = f"-o smtpd_sasl_auth_enable=yes -o smtpd_sasl_type=dovecot -o smtpd_sasl_path={dovecot.socket}"
        services = f"127.0.0.1:{port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes {sasl}\n"
        tls = {
            "smtpd_tls_cert_file": str(folder / "certificate.pem"),
            "smtpd_tls_key_file": str(folder / "key.pem"),
        }
        with Postfix(folder / "postfix", free_port(), sink.port, services=services, **tls) as postfix:
            yield PostfixServer(postfix, dovecot, sink, port, password)


def submissions(server: Server, messages: int) -> tuple[float, float]:
    """One round: (messages per second until the last has arrived, processor seconds per message)."""
    before, used = server.sink.count, server.processor_seconds()
    start = time.monotonic()
    _load(server, messages // CLIENTS)
    expected = before + messages // CLIENTS * CLIENTS
    wait_for(lambda: server.sink.count >= expected, within=300, what=f"all messages through {server.name}")
    seconds = time.monotonic() - start
    return messages / seconds, (server.processor_seconds() - used) / messages


def _load(server: Server, each: int) -> None:
    command = [sys.executable, "-m", "benchmarks.submission_client", str(server.port), str(each), str(THREADS), ACCOUNT]
    clients = [subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(CLIENTS)]
    for client in clients:
        if client.stdin is not None:
            client.stdin.write(server.password.encode())
            client.stdin.close()
    statuses = [client.wait(600) for client in clients]
    if any(statuses):
        raise AssertionError(f"{server.name} refused a submission")


def compare(folder: Path, *, rounds: int, messages: int) -> dict[str, Measured]:
    """Rounds of both in turn; by name."""
    with gateway_server(folder / "gateway") as ours, postfix_server(folder / "postfix", ours.password) as theirs:
        servers: Sequence[Server] = (ours, theirs)
        measured = {server.name: Measured() for server in servers}
        for server in servers:
            submissions(server, max(40, messages // 20))
        for _ in range(rounds):
            for server in servers:
                rate, processor = submissions(server, messages)
                measured[server.name].rates.append(rate)
                measured[server.name].processor.append(processor)
    return measured
