"""What the relay asks of those who carry mail away: `gateway.deliver`, to other hosts and into mailboxes.

A remote's failure is a value here, never an exception.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.mail.address import ReversePath
from gateway.mail.capabilities import Capabilities
from gateway.mail.envelope import Body, DeliverBy, Recipient, Ret
from gateway.mail.message import DeliveryId, QueueId
from gateway.mail.nexthop import NextHop
from gateway.mail.octets import OctetSource
from gateway.mail.outcome import Deferred, Failed, Outcome
from gateway.mail.reply import Reply


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One host to try: the name that its certificate must bear, and where it listens.

    `addresses` are IP addresses in the order to try them, or empty with `path` for a Unix socket.
    """

    name: str
    addresses: tuple[str, ...]
    port: int
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """Which message it is, beyond what a next hop is told. `deliveries` belong to the recipients one by one."""

    id: QueueId
    deliveries: tuple[DeliveryId, ...] = ()
    trusted: bool = False
    """Whether it came from a client that may relay."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """One MAIL command and what follows, exactly as it is to be said. All needs are met: `decide` saw to it."""

    sender: ReversePath
    recipients: tuple[Recipient, ...]
    octets: OctetSource
    body: Body
    smtputf8: bool
    requiretls: bool = False
    ret: Ret | None = None
    envid: str | None = None
    deliver_by: DeliverBy | None = None
    """With the time that is left."""
    priority: int | None = None
    reference: Reference | None = None


class Session(Protocol):
    """A greeted connection to one host, after TLS and AUTH where the manner wants them."""

    @property
    def endpoint(self) -> Endpoint:
        """The host spoken to."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it said it can do."""
        ...

    async def send(self, transaction: Transaction) -> Sequence[Outcome]:
        """Carry out one transaction: an outcome per recipient, in order. Never raises for what the remote does."""
        ...

    async def verify(self, sender: ReversePath, recipient: Recipient) -> Reply | None:
        """Ask whether it would take mail for a recipient: MAIL, RCPT, RSET. None: the connection broke."""
        ...

    def release(self) -> None:
        """Give the connection back: kept for reuse when it is fit for that, else closed with QUIT."""
        ...


class Transport(Protocol):
    """Finds and opens connections."""

    async def endpoints(self, hop: NextHop) -> Sequence[Endpoint] | Deferred | Failed:
        """The hosts of a next hop in the order to try them. Failed: it can never work (null MX, no such domain)."""
        ...

    async def open(self, hop: NextHop, endpoint: Endpoint) -> Session | Deferred | Failed:
        """A session with one host, fresh or kept from before."""
        ...

    def kept(self, hop: NextHop) -> Session | None:
        """A kept session with the most preferred host of the hop, at no cost; None when there is none."""
        ...
