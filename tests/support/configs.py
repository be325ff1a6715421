"""Pieces of configuration that many tests want."""

from typing import Any

from gateway.cli.sink.server import SinkServer
from tests.support.gateway_process import Config
from tests.support.sinks import relay_to

QUICK_RETRY: Config = {"first": "1s", "factor": 1.5, "max": "2s", "expire": "2m"}


def route(domain: str, relay: str, **keys: Any) -> Config:
    """A route for a domain and all below it, to a relay by name."""
    when = {"recipient_domain": [domain, f"*.{domain}"]}
    return {"name": domain, "when": when, "deliver": {"relay": relay}, "retry": QUICK_RETRY} | keys


def to_sinks(**sinks: SinkServer) -> Config:
    """Relays and routes: mail for NAME.example goes to the sink of that name."""
    relays = {name: relay_to(sink) for name, sink in sinks.items()}
    return {"relays": relays, "routes": [route(f"{name}.example", name) for name in sinks]}


def letter(subject: str = "hello", *, body: str = "All is well.\r\n", number: int = 1) -> bytes:
    """A small message; UTF-8 where its subject is."""
    return (
        "From: Al <al@home.example>\r\nTo: ops@legacy.example\r\nDate: Fri, 21 Nov 2025 10:00:00 +0000\r\n"
        f"Message-ID: <letter-{number}@home.example>\r\nSubject: {subject}\r\n\r\n{body}"
    ).encode()
