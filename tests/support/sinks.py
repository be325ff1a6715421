"""Sinks of the gateway's own `gateway sink`, run in a background thread for plain tests."""

from gateway.cli.sink.server import PLAIN, Behaviour, Received, SinkServer
from tests.support.background import Background
from tests.support.patience import wait_for

LEGACY = PLAIN.without("SMTPUTF8", "8BITMIME", "BINARYMIME", "CHUNKING", "DSN")
"""A server of before RFC 6152."""


def start_sink(background: Background, behaviour: Behaviour = PLAIN, *, port: int = 0) -> SinkServer:
    """A sink that runs until the background is closed."""
    return background.enter(SinkServer(behaviour, port=port))


def restart_sink(background: Background, sink: SinkServer, behaviour: Behaviour) -> SinkServer:
    """Another sink at the same port. The first one has to be stopped."""
    return start_sink(background, behaviour, port=sink.port)


def relay_to(*sinks: SinkServer) -> dict[str, object]:
    """An entry of `relays` for these hosts, the first preferred."""
    hosts = [{"host": "127.0.0.1", "port": sink.port, "priority": n} for n, sink in enumerate(sinks, 1)]
    return {"hosts": hosts, "tls": "none"}


def arrived(sink: SinkServer, count: int = 1, *, within: float = 20) -> list[Received]:
    """All messages, once there are so many."""
    wait_for(lambda: len(sink.messages) >= count, within=within, what=f"{count} messages at the sink")
    return list(sink.messages)


def one(sink: SinkServer, *, within: float = 20) -> Received:
    """The one message that came."""
    [message] = arrived(sink, within=within)
    return message


def below_trace(octets: bytes) -> bytes:
    """The message without the first field, which has to be our Received."""
    end = 0
    while True:
        end = octets.index(b"\r\n", end) + 2
        if octets[end : end + 1] not in (b" ", b"\t"):
            break
    assert octets[:end].startswith(b"Received: "), octets[:end]
    assert octets[:end].isascii(), octets[:end]
    return octets[end:]
