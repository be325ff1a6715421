"""What the configuration says about routing: `domains`, `relays`, `aliases`, `rewrite`, `routes`."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

from gateway.mail.address import Address
from gateway.mail.codes import NO_SUCH_MAILBOX, EnhancedCode
from gateway.mail.domain import Domain
from gateway.mail.nexthop import ClientCertificate, HopLimits, Host, TlsPolicy
from gateway.mail.secret import Secret
from gateway.mail.subaddress import Separators
from gateway.route.header_rules import HeaderLine, HeaderName
from gateway.route.patterns import LmtpPlace, Mailboxes, RelayRef, parse_host
from gateway.route.policy import EightbitPolicy, RawHeaderPolicy, SignedPolicy, Smtputf8Policy
from gateway.route.retry import USUAL_RETRY, Retry
from gateway.route.when import ALWAYS, When

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NO_SPECIAL_LIMITS: Final = HopLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalDomain:
    """An entry of `domains`: ours, mailboxes live here."""

    name: Domain
    """Its name, in U-labels or A-labels."""
    catch_all: Address | None = None
    """An account's address that gets mail for addresses that nobody has."""
    separators: Separators | None = None
    """The signs that begin a subaddress here, or none; left out: as in `accounts`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayHost:
    """A host of a relay; `name:port` is short for it."""

    host: str
    """A name of the DNS (its addresses are used, not its MX) or an IP address."""
    port: int = 25
    """Where it listens."""
    priority: int = 10
    """Lower ones are tried first."""
    weight: int = 1
    """How large a share of the load it takes among hosts of the same priority."""

    def __post_init__(self) -> None:
        parse_host(self.host if ":" not in self.host else f"[{self.host}]")
        if not 0 < self.port < 65_536:
            raise ValueError(f"{self.port} is no port: 1 to 65535")
        if self.priority < 0 or self.weight < 0:
            raise ValueError("`priority` and `weight` are not negative")

    @classmethod
    def short(cls, text: str) -> Self:
        """Read `name:port`. Raises ValueError."""
        host = parse_host(text)
        return cls(host=host.name, port=host.port)

    @property
    def value(self) -> Host:
        """As the next hop has it."""
        return Host(self.host, self.port, self.priority, self.weight)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayAuth:
    """Credentials for a relay."""

    user: str
    """The account at the relay."""
    password: Secret
    """`{file: PATH}` or `{env: NAME}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """An entry of `relays`: a next hop that routes call by its name."""

    hosts: tuple[RelayHost, ...]
    """Its hosts, each `name:port` or {host, port, priority, weight}."""
    tls: TlsPolicy = TlsPolicy.OPPORTUNISTIC
    """none, opportunistic, encrypt or verify."""
    auth: RelayAuth | None = None
    """How to log in there."""
    limits: HopLimits = _NO_SPECIAL_LIMITS
    """What may be done to it at once."""
    source: IpAddress | None = None
    """The address to speak from."""
    helo: Domain | None = None
    """The name to give in EHLO; `hostname` where absent."""
    certificate: Path | None = None
    """PEM file: our certificate, shown where the relay asks for one, then those of its issuers."""
    key: Path | None = None
    """PEM file: its private key."""

    def __post_init__(self) -> None:
        if not self.hosts:
            raise ValueError("`hosts` names at least one host")
        if (self.certificate is None) != (self.key is None):
            raise ValueError("`certificate` and `key` go together")
        if self.certificate is not None and self.tls is TlsPolicy.NONE:
            raise ValueError("a certificate is only shown under TLS; `tls: none` has none")

    @property
    def client_certificate(self) -> ClientCertificate | None:
        """As the next hop has it."""
        return ClientCertificate(self.certificate, self.key) if self.certificate and self.key else None


class Simple(StrEnum):
    """What `deliver:` may be without anything more to say."""

    MX = "mx"
    DISCARD = "discard"
    HOLD = "hold"
    MAILBOX = "mailbox"


class Own(StrEnum):
    """`mx: recipient`: the exchangers of the recipient's own domain."""

    RECIPIENT = "recipient"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRelay:
    """`deliver: {relay: …}`."""

    relay: tuple[RelayRef | RelayHost, ...]
    """The name of one relay; or hosts, each `name:port` or {host, port, priority, weight}."""
    tls: TlsPolicy | None = None
    """Instead of the relay's own."""

    def __post_init__(self) -> None:
        named = [ref for ref in self.relay if isinstance(ref, RelayRef) and ref.host is None]
        if not self.relay or (named and len(self.relay) > 1):
            raise ValueError(
                "`relay` is one name of `relays`, or hosts as name:port; for fail-over list hosts with priorities"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ToMx:
    """`deliver: {mx: …}`: as `deliver: mx`, with more to say."""

    mx: Own | Domain
    """`recipient`, or the domain whose exchangers take the mail."""
    tls: TlsPolicy = TlsPolicy.OPPORTUNISTIC
    """none, opportunistic, encrypt or verify."""
    source: IpAddress | None = None
    """The address to speak from."""
    helo: Domain | None = None
    """The name to give in EHLO; `hostname` where absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToLmtp:
    """`deliver: {lmtp: …}`."""

    lmtp: tuple[LmtpPlace, ...]
    """Hosts as `name:port`, or the path of one Unix socket."""
    tls: TlsPolicy = TlsPolicy.NONE
    """none, opportunistic, encrypt or verify."""

    def __post_init__(self) -> None:
        if not self.lmtp or (len(self.lmtp) > 1 and any(place.path for place in self.lmtp)):
            raise ValueError("`lmtp` is hosts as name:port, or the path of one Unix socket")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """What the client is told."""

    code: int = 550
    """The reply code, 4yz or 5yz."""
    status: EnhancedCode = NO_SUCH_MAILBOX
    """The enhanced status code."""
    text: str = "not here"
    """The words, in ASCII."""

    def __post_init__(self) -> None:
        if not 400 <= self.code <= 599:
            raise ValueError(f"`code` {self.code} refuses nothing: 400 to 599")
        if self.status.klass != self.code // 100:
            raise ValueError(f"`status` {self.status} does not go with `code` {self.code}")
        if not (self.text.isascii() and self.text.isprintable() and 0 < len(self.text) <= 400):
            raise ValueError("`text` is one line of 1 to 400 ASCII characters")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToReject:
    """`deliver: {reject: …}`."""

    reject: Rejection
    """{code, status, text}."""


Deliver = Simple | ToRelay | ToMx | ToLmtp | ToReject


class AcceptFrom(StrEnum):
    """Who may use a route to a domain that is not ours."""

    TRUSTED = "trusted"
    ANYONE = "anyone"


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRule:
    """An entry of `routes`. The first that matches a recipient takes it."""

    name: str
    """Stands in logs, metrics and the queue."""
    when: When = ALWAYS
    """Absent: always."""
    deliver: Deliver
    """mx, discard, hold, mailbox, {relay: …}, {lmtp: …}, {mx: …} or {reject: …}."""
    accept_from: AcceptFrom = AcceptFrom.TRUSTED
    """`anyone`: also clients that are not trusted may send to recipients of this route."""
    smtputf8: Smtputf8Policy | None = None
    """auto, downgrade, strict or never; absent: downgrade for trusted clients' mail, auto for the rest."""
    eightbit: EightbitPolicy | None = None
    """convert (where absent), strict or just-send."""
    signed: SignedPolicy | None = None
    """fail (where absent) or break: what may happen to a signed part that has to be re-encoded."""
    raw_headers: RawHeaderPolicy | None = None
    """repair, refuse or pass; absent: repair for trusted clients' mail, refuse for the rest."""
    retry: Retry = USUAL_RETRY
    """{first, factor, max, expire}."""
    limits: HopLimits | None = None
    """{connections, messages_per_connection, rate}, instead of the next hop's own."""
    add_headers: Mapping[HeaderName, HeaderLine] = field(default_factory=dict)
    """Header fields to put on top."""
    remove_headers: tuple[HeaderName, ...] = ()
    """Header fields to take away, all of each name."""
    bcc: tuple[Address, ...] = ()
    """Copies go here, routed on their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RewriteRule:
    """An entry of `rewrite`. All rules that match are applied, in order, to the envelope."""

    when: When = ALWAYS
    """Absent: always."""
    sender: Address | None = None
    """The new sender."""
    sender_domain: Domain | None = None
    """The sender's new domain."""
    recipient: Address | None = None
    """The new recipient."""
    recipient_domain: Domain | None = None
    """The recipient's new domain."""

    def __post_init__(self) -> None:
        given = (self.sender, self.sender_domain, self.recipient, self.recipient_domain)
        if all(value is None for value in given):
            raise ValueError("say `sender`, `sender_domain`, `recipient` or `recipient_domain`")
        if None not in given[:2] or None not in given[2:]:
            raise ValueError("say the whole address or its domain, not both")

    @property
    def changes_sender(self) -> bool:
        """Whether it gives a new sender."""
        return self.sender is not None or self.sender_domain is not None

    @property
    def changes_recipient(self) -> bool:
        """Whether it gives a new recipient."""
        return self.recipient is not None or self.recipient_domain is not None


Aliases = Mapping[Mailboxes, tuple[Mailboxes, ...]]
