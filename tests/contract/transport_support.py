"""What tests of the transport share."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from gateway.cli.sink.server import SinkServer
from gateway.deliver.config import DeliverConfig, Timeouts
from gateway.deliver.own import OwnIdentity
from gateway.deliver.transport import SmtpTransport
from gateway.mail.address import parse_address
from gateway.mail.envelope import Body, Recipient
from gateway.mail.nexthop import Host, LmtpHop, Manner, NextHop, RelayHop, TlsPolicy
from gateway.mail.octets import MemoryOctets
from gateway.mail.outcome import Deferred, Failed, Outcome
from gateway.mail.units import Seconds
from gateway.net.config import DnsConfig
from gateway.net.dns import Resolver
from gateway.relay.transport import Session, Transaction

OCTETS = b"Subject: hello\r\nFrom: a@home.example\r\n\r\n.dot\r\nlast\r\n"
PLAIN_MANNER = Manner(tls=TlsPolicy.NONE)
QUICK = Timeouts(
    connect=Seconds(2),
    greeting=Seconds(1),
    command=Seconds(1),
    data=Seconds(1),
    block=Seconds(1),
    final=Seconds(1),
    quit=Seconds(1),
)
OWN = OwnIdentity("gw.home.example")


@asynccontextmanager
async def transport(
    config: DeliverConfig | None = None, *, servers: tuple[str, ...] = ("127.0.0.1:9",), own: OwnIdentity = OWN
) -> AsyncIterator[SmtpTransport]:
    """A transport, closed afterwards."""
    dns = DnsConfig(servers, timeout=Seconds(1), lifetime=Seconds(1.5))
    made = SmtpTransport(config or DeliverConfig(), Resolver(dns, hosts={"localhost": ("127.0.0.1",)}), own)
    try:
        yield made
    finally:
        await made.close()


def relay(*sinks: SinkServer | int, manner: Manner = PLAIN_MANNER, lmtp: bool = False) -> NextHop:
    """A hop with these sinks as its hosts, the first preferred."""
    ports = [each if isinstance(each, int) else each.port for each in sinks]
    hosts = tuple(Host("127.0.0.1", port, priority=index) for index, port in enumerate(ports))
    return LmtpHop("r", hosts, None, manner) if lmtp else RelayHop("r", hosts, manner)


def mail(*recipients: str, octets: bytes = OCTETS, sender: str = "a@home.example") -> Transaction:
    """A plain transaction."""
    to = tuple(Recipient(parse_address(each)) for each in recipients or ("b@legacy.example",))
    return Transaction(parse_address(sender), to, MemoryOctets(octets), Body.SEVENBIT, smtputf8=False)


async def session(carrier: SmtpTransport, hop: NextHop, index: int = 0) -> Session:
    """A session with one of the hosts of a hop, which must be possible."""
    endpoints = await carrier.endpoints(hop)
    assert not isinstance(endpoints, Deferred | Failed), endpoints
    opened = carrier.kept(hop) or await carrier.open(hop, endpoints[index])
    assert not isinstance(opened, Deferred | Failed), opened
    return opened


async def deliver(carrier: SmtpTransport, hop: NextHop, transaction: Transaction | None = None) -> Sequence[Outcome]:
    """One message by one session."""
    opened = await session(carrier, hop)
    try:
        return await opened.send(transaction or mail())
    finally:
        opened.release()


def utf8(transaction: Transaction) -> Transaction:
    """The same with SMTPUTF8."""
    return replace(transaction, smtputf8=True)
