"""Where a delivery goes next. The `key` of a next hop is what limits, back-off and connection reuse are kept by."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from gateway.mail.domain import Domain
from gateway.mail.units import Rate


class TlsPolicy(StrEnum):
    """How much TLS a route demands.

    `opportunistic`: used where offered, any certificate. `encrypt`: demanded, any certificate. `verify`: demanded,
    with a certificate that is valid for the host's name.
    """

    NONE = "none"
    OPPORTUNISTIC = "opportunistic"
    ENCRYPT = "encrypt"
    VERIFY = "verify"


@dataclass(frozen=True, slots=True)
class Host:
    """A host of a relay: lower priority first, weight shares the load among equals (RFC 2782's sense)."""

    name: str
    port: int = 25
    priority: int = 10
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Login:
    """Credentials for a next hop; `password` is never shown."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """What we show to a next hop that asks who we are: PEM files with our certificate and its key."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class HopLimits:
    """What may be done to a next hop at once, over all workers of this machine."""

    connections: int = 20
    messages_per_connection: int = 100
    rate: Rate | None = None


@dataclass(frozen=True, slots=True)
class Manner:
    """How to speak to a next hop, whichever kind it is."""

    tls: TlsPolicy = TlsPolicy.OPPORTUNISTIC
    login: Login | None = None
    limits: HopLimits = HopLimits()
    source: str | None = None
    helo: str | None = None
    certificate: ClientCertificate | None = None


@dataclass(frozen=True, slots=True)
class RelayHop:
    """Named hosts, spoken to with SMTP."""

    name: str
    hosts: tuple[Host, ...]
    manner: Manner = Manner()

    @property
    def key(self) -> str:
        """`relay:NAME`."""
        return f"relay:{self.name}"


@dataclass(frozen=True, slots=True)
class MxHop:
    """The mail exchangers of a domain (RFC 5321 5.1)."""

    domain: Domain
    manner: Manner = Manner()

    @property
    def key(self) -> str:
        """`mx:DOMAIN`, A-labels."""
        return f"mx:{self.domain.ascii}"


@dataclass(frozen=True, slots=True)
class LmtpHop:
    """Hosts or a Unix socket, spoken to with LMTP (RFC 2033). `path` given: the hosts are empty."""

    name: str
    hosts: tuple[Host, ...] = ()
    path: str | None = None
    manner: Manner = Manner(tls=TlsPolicy.NONE)

    @property
    def key(self) -> str:
        """`lmtp:NAME`."""
        return f"lmtp:{self.name}"


@dataclass(frozen=True, slots=True)
class MailboxHop:
    """The mailboxes of our own accounts. Its connections are deliveries at the same time."""

    manner: Manner = Manner(tls=TlsPolicy.NONE, limits=HopLimits(connections=1000))

    @property
    def key(self) -> str:
        """`mailbox`."""
        return "mailbox"


NextHop = RelayHop | MxHop | LmtpHop | MailboxHop
