"""A gateway that takes submissions from accounts: nobody is trusted without a log-in."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.cli.sink.server import SinkServer
from tests.support.configs import to_sinks
from tests.support.gateway_process import Gateway
from tests.support.ports import free_ports

ACCOUNT = "al@home.example"


@dataclass(frozen=True, slots=True)
class Submissions:
    """The running gateway, its submission ports, and the password of `ACCOUNT`."""

    gateway: Gateway
    starttls: int
    implicit: int
    password: str

    @property
    def certificate(self) -> Path:
        """Of its self-signed certificate, for clients that are told to believe it."""
        return self.gateway.data / "tls/certificate.pem"


def submissions(gateway: Callable[..., Gateway], sink: SinkServer, **more: Any) -> Submissions:
    """Mail for old.example goes to the sink; `ACCOUNT` has a fresh password."""
    starttls, implicit = free_ports(2)
    listeners = [
        {"name": "submission", "protocol": "submission", "bind": f"127.0.0.1:{starttls}"},
        {"name": "submissions", "protocol": "submission", "bind": f"127.0.0.1:{implicit}", "tls": "implicit"},
    ]
    config = {
        "hostname": "localhost",
        "trusted_networks": [],
        "domains": [{"name": "home.example"}],
        "more_listeners": listeners,
    }
    running = gateway(**(to_sinks(old=sink) | config | more))
    return Submissions(running, starttls, implicit, running.account(ACCOUNT))
