"""The two relays that are compared, each between smtp-source and a smtp-sink of its own.

Both fsync before their 250. The gateway runs two workers; Postfix is Debian's, with its usual process limits.
Processor time is read from /proc: for the gateway the supervisor and its workers; for Postfix the master, all of its
living children, and what it has reaped. A child of Postfix that has ended but is not yet reaped is counted once it is.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.support import processes
from tests.support.gateway_process import Gateway
from tests.support.peers import program
from tests.support.ports import free_port
from tests.support.postfix import Postfix
from tests.support.postfix_tools import SmtpSink

WORKERS = 2


class Relay(Protocol):
    """What is measured."""

    @property
    def name(self) -> str:
        """For the table."""
        ...

    @property
    def port(self) -> int:
        """Where it takes mail."""
        ...

    @property
    def sink(self) -> SmtpSink:
        """Where its mail ends."""
        ...

    def processor_seconds(self) -> float:
        """Processor time used until now."""
        ...


@dataclass(frozen=True, slots=True)
class GatewayRelay:
    """The gateway, with JSON logs to a file and metrics, as in production."""

    gateway: Gateway
    sink: SmtpSink
    name: str = "gateway"

    @property
    def port(self) -> int:
        return self.gateway.port

    def processor_seconds(self) -> float:
        return sum(processes.processor_seconds(pid) for pid in processes.descendants(self.gateway.pid))


@dataclass(frozen=True, slots=True)
class PostfixRelay:
    """Debian's Postfix."""

    postfix: Postfix
    sink: SmtpSink
    name: str = "Postfix"

    @property
    def port(self) -> int:
        return self.postfix.port

    def processor_seconds(self) -> float:
        return self.postfix.processor_seconds()


def gateway_config(sink_port: int) -> dict[str, object]:
    """Everything goes to the sink."""
    relays = {"sink": {"hosts": [f"127.0.0.1:{sink_port}"], "tls": "none"}}
    routes = [{"name": "all", "deliver": {"relay": "sink"}}]
    limits = {"connections_per_client": 10_000}
    return {"workers": WORKERS, "relays": relays, "routes": routes, "limits": limits}


@contextmanager
def gateway_relay(folder: Path) -> Iterator[GatewayRelay]:
    """A running gateway."""
    folder.mkdir(parents=True)
    with SmtpSink() as sink, Gateway(folder, gateway_config(sink.port)) as gateway:
        yield GatewayRelay(gateway, sink)


@contextmanager
def postfix_relay(folder: Path) -> Iterator[PostfixRelay]:
    """A running Postfix."""
    with SmtpSink() as sink, Postfix(folder, free_port(), sink.port) as postfix:
        yield PostfixRelay(postfix, sink)


def why_no_postfix() -> str | None:
    """Why Postfix cannot be measured here."""
    if program("postfix") is None:
        return "Postfix is not installed"
    return None if os.getuid() == 0 else "Postfix starts as root only"
