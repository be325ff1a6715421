"""Memory of idle SMTP connections: greeted, silent, and still served."""

import resource
from contextlib import ExitStack
from pathlib import Path

from benchmarks.relays import gateway_config
from tests.support import processes
from tests.support.gateway_process import Gateway
from tests.support.smtp_client import Client, submit

LIMIT = 100 * 1024
"""Octets per connection that are not to be exceeded."""


def octets_per_connection(folder: Path, connections: int) -> float:
    """Growth of the workers' memory by so many connections, per connection."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with Gateway(folder, gateway_config(1) | {"routes": [{"name": "all", "deliver": "discard"}]}) as gateway:
        with ExitStack() as stack:
            stack.enter_context(gateway.smtp())
            before = _memory(gateway)
            clients = [stack.enter_context(gateway.smtp()) for _ in range(connections)]
            grown = _memory(gateway) - before
            _still_served(clients)
        return grown / connections


def _memory(gateway: Gateway) -> int:
    return sum(processes.resident(pid) for pid in gateway.workers)


def _still_served(clients: list[Client]) -> None:
    message = b"Subject: still here\r\n\r\nx\r\n"
    for client in clients[:: max(1, len(clients) // 20)]:
        if not submit(client, "a@sender.example", ["b@sink.example"], message).taken:
            raise AssertionError("an idle connection was not served")
