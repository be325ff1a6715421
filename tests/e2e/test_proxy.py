"""The PROXY header: the client that it names is the one that trust, routes and trace fields see."""

import socket
import struct
from collections.abc import Iterator

import pytest

from gateway.cli.sink.server import SinkServer
from tests.support.background import Background
from tests.support.configs import letter
from tests.support.gateway_process import Gateway
from tests.support.ports import free_ports
from tests.support.post import AL, arrival
from tests.support.sinks import relay_to, start_sink
from tests.support.smtp_client import Answer, Client, submit

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
TRUSTED, STRANGER = "192.0.2.7", "198.51.100.9"
PROXY = "127.0.0.1"


def version_1(client: str) -> bytes:
    family, server = ("TCP6", "2001:db8::1") if ":" in client else ("TCP4", "203.0.113.1")
    return f"PROXY {family} {client} {server} 40000 25\r\n".encode()


def version_2(client: str, command: int = 1) -> bytes:
    six = ":" in client
    family = socket.AF_INET6 if six else socket.AF_INET
    server = "2001:db8::1" if six else "203.0.113.1"
    addresses = b"".join(socket.inet_pton(family, each) for each in (client, server)) + struct.pack("!HH", 40000, 25)
    return SIGNATURE + struct.pack("!BBH", 0x20 | command, 0x21 if six else 0x11, len(addresses)) + addresses


class World:
    def __init__(self, background: Background) -> None:
        self.port, self.smtp = free_ports(2)
        self.near, self.far = start_sink(background), start_sink(background)
        self.gateway: Gateway

    def connect(self, header: bytes, *, source: str = PROXY) -> Client:
        client = Client(self.port, source=source)
        client.send(header)
        return client

    def mail(self, header: bytes, recipient: str) -> Answer:
        """What RCPT or the message is answered with in the end."""
        with self.connect(header) as client:
            client.greet()
            done = submit(client, AL, [recipient], letter())
        return done.data or done.recipients[0]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, background: Background) -> Iterator[World]:
    made = World(background)
    config = {
        "trusted_networks": ["192.0.2.0/24", "2001:db8:1::/48"],
        "relays": {"near": relay_to(made.near), "far": relay_to(made.far)},
        "routes": [
            {"name": "near", "when": {"client": ["192.0.2.7/32", "2001:db8:1::7/128"]}, "deliver": {"relay": "near"}},
            {"name": "far", "deliver": {"relay": "far"}},
        ],
    }
    gateway = Gateway(tmp_path_factory.mktemp("proxy"), config)
    behind = {"name": "behind", "protocol": "smtp", "bind": f"127.0.0.1:{made.port}", "proxy_protocol": True}
    gateway.write(listeners=[behind | {"proxies": [f"{PROXY}/32"]}, *gateway.config["listeners"]])
    with gateway:
        made.gateway = gateway
        yield made


@pytest.mark.parametrize("header", [version_1, version_2])
@pytest.mark.parametrize(("client", "near"), [(TRUSTED, True), ("192.0.2.8", False), ("2001:db8:1::7", True)])
def test_the_client_that_it_names(world: World, header, client: str, near: bool) -> None:
    recipient = f"{header.__name__}.{client.replace(':', '-')}@old.example"
    assert world.mail(header(client), recipient).code == 250
    sink: SinkServer = world.near if near else world.far
    head = arrival(sink, recipient).octets.partition(b"From:")[0]
    literal = f"[IPv6:{client}]" if ":" in client else f"[{client}]"
    assert f"from client.example ({literal})".encode() in head


@pytest.mark.parametrize("header", [version_1, version_2])
@pytest.mark.parametrize("client", [STRANGER, "2001:db8:2::7"])
def test_a_stranger_is_one_behind_a_proxy_too(world: World, header, client: str) -> None:
    answer = world.mail(header(client), "a@old.example")
    assert (answer.code, answer.status) == (550, "5.7.1")


@pytest.mark.parametrize("header", [b"PROXY UNKNOWN\r\n", version_2(TRUSTED, command=0)])
def test_who_names_no_client_is_no_trusted_one(world: World, header: bytes) -> None:
    """Health checks of the proxy itself: it may greet; it is the client then."""
    answer = world.mail(header, "a@old.example")
    assert (answer.code, answer.status) == (550, "5.7.1")


@pytest.mark.parametrize(
    "octets",
    [
        b"EHLO client.example\r\n",
        b"PROXY TCP4 192.0.2.7\r\n",
        b"PROXY TCP4 192.0.2.7 203.0.113.1 40000 99999\r\n",
        b"PROXY " + b"x" * 200,
        SIGNATURE + b"\x21\x11\xff\xff",
        SIGNATURE + b"\x31\x11\x00\x0c" + bytes(12),
    ],
    ids=["none", "short", "no port", "endless", "too long", "version 3"],
)
def test_what_is_no_header_ends_the_connection(world: World, octets: bytes) -> None:
    with world.connect(octets) as client:
        assert client.closed()


def test_only_proxies_may_say_so(world: World) -> None:
    with world.connect(version_1(TRUSTED), source="127.0.0.3") as client:
        assert client.closed()


def test_other_listeners_take_no_header(world: World) -> None:
    """It is a command there, and an unknown one."""
    with Client(world.gateway.port, source=PROXY) as client:
        assert client.answer().code == 220
        assert client.say(version_1(TRUSTED).decode().strip()).code == 500
