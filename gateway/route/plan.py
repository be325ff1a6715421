"""From a rule of the configuration to what an attempt works with: next hop, what may be done to the mail, retries."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from gateway.mail.address import Address
from gateway.mail.codes import EnhancedCode
from gateway.mail.domain import Domain
from gateway.mail.nexthop import (
    HopLimits,
    Host,
    LmtpHop,
    Login,
    MailboxHop,
    Manner,
    MxHop,
    NextHop,
    RelayHop,
    TlsPolicy,
)
from gateway.route.config import (
    AcceptFrom,
    Deliver,
    IpAddress,
    Own,
    Relay,
    RelayAuth,
    RelayHost,
    RouteRule,
    Simple,
    ToLmtp,
    ToMx,
    ToReject,
    ToRelay,
)
from gateway.route.patterns import RelayRef, host_port
from gateway.route.policy import Policy, RawHeaderPolicy, defaults
from gateway.route.retry import Retry


@dataclass(frozen=True, slots=True)
class Via:
    """To this next hop, whoever the recipient is."""

    hop: RelayHop | LmtpHop | MxHop


@dataclass(frozen=True, slots=True)
class ViaMx:
    """To the exchangers of the recipient's own domain."""

    manner: Manner


@dataclass(frozen=True, slots=True)
class Reject:
    """Refused with this reply."""

    code: int
    status: EnhancedCode
    text: str


@dataclass(frozen=True, slots=True)
class Discard:
    """Taken and thrown away, as the configuration asks."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Kept until an operator releases it."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Into a mailbox of our own."""

    hop: MailboxHop = MailboxHop()


Action = Via | ViaMx | Reject | Discard | Hold | Mailbox


@dataclass(frozen=True, slots=True)
class HeaderEdits:
    """Header fields to take away (names in lower case) and to put on top."""

    remove: frozenset[str] = frozenset()
    add: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """A route, ready to be used. `policies` are for trusted clients' mail and for that of others. `named`: keys of the
    recipients that it names one by one."""

    name: str
    action: Action
    accept_from: AcceptFrom
    policies: tuple[Policy, Policy]
    retry: Retry
    edits: HeaderEdits | None
    bcc: tuple[Address, ...]
    named: frozenset[str] = frozenset()

    def policy(self, *, trusted: bool) -> Policy:
        """What may be done to mail of such clients."""
        return self.policies[0 if trusted else 1]

    def next_hop(self, recipient: Address) -> NextHop | None:
        """Where mail for the recipient goes next; None where the route sends it nowhere."""
        match self.action:
            case Via(hop) | Mailbox(hop):
                return hop
            case ViaMx(manner):
                return MxHop(recipient.domain, manner)
            case Reject() | Discard() | Hold():
                return None
            case _:
                assert_never(self.action)

    def hop_key(self, recipient: Address) -> str:
        """The next hop's key, without making one; `hold`, `discard` and `reject` where there is none."""
        match self.action:
            case Via(hop) | Mailbox(hop):
                return hop.key
            case ViaMx():
                return f"mx:{recipient.domain.ascii}"
            case Reject() | Discard() | Hold():
                return type(self.action).__name__.lower()
            case _:
                assert_never(self.action)


def planned(rule: RouteRule, relays: Mapping[str, Relay]) -> Route:
    """The route that a rule describes; the relays that it names exist."""
    return Route(
        name=rule.name,
        action=_action(rule, rule.deliver, relays),
        accept_from=rule.accept_from,
        policies=(_policy(rule, _default(rule, trusted=True)), _policy(rule, _default(rule, trusted=False))),
        retry=rule.retry,
        edits=_edits(rule),
        bcc=rule.bcc,
        named=frozenset(address.key for address in rule.when.recipient or ()),
    )


def _default(rule: RouteRule, *, trusted: bool) -> Policy:
    """Mailboxes take whatever was taken: nothing is rewritten for them, nor refused for octets in the header."""
    default = defaults(trusted=trusted)
    return replace(default, raw_headers=RawHeaderPolicy.PASS) if rule.deliver is Simple.MAILBOX else default


def _policy(rule: RouteRule, default: Policy) -> Policy:
    return Policy(
        rule.smtputf8 or default.smtputf8,
        rule.eightbit or default.eightbit,
        rule.signed or default.signed,
        rule.raw_headers or default.raw_headers,
    )


def _edits(rule: RouteRule) -> HeaderEdits | None:
    if not (rule.add_headers or rule.remove_headers):
        return None
    return HeaderEdits(
        frozenset(name.text.lower() for name in rule.remove_headers),
        tuple((name.text, line.text) for name, line in rule.add_headers.items()),
    )


def _action(rule: RouteRule, deliver: Deliver, relays: Mapping[str, Relay]) -> Action:
    limits = rule.limits or HopLimits()
    match deliver:
        case ToReject(reject=reject):
            return Reject(reject.code, reject.status, reject.text)
        case ToRelay():
            return Via(_relay_hop(rule, deliver, relays))
        case ToLmtp():
            return Via(_lmtp_hop(deliver, limits))
        case ToMx():
            manner = _manner(deliver.tls, limits, deliver.source, deliver.helo)
            return ViaMx(manner) if isinstance(deliver.mx, Own) else Via(MxHop(deliver.mx, manner))
        case Simple():
            return _simple(deliver, rule.limits)
        case _:
            assert_never(deliver)


def _simple(deliver: Simple, limits: HopLimits | None) -> Action:
    match deliver:
        case Simple.MX:
            return ViaMx(Manner(limits=limits or HopLimits()))
        case Simple.DISCARD:
            return Discard()
        case Simple.HOLD:
            return Hold()
        case Simple.MAILBOX:
            return Mailbox(_mailbox_hop(limits))
        case _:
            assert_never(deliver)


def _mailbox_hop(limits: HopLimits | None) -> MailboxHop:
    hop = MailboxHop()
    return hop if limits is None else replace(hop, manner=replace(hop.manner, limits=limits))


def _relay_hop(rule: RouteRule, deliver: ToRelay, relays: Mapping[str, Relay]) -> RelayHop:
    """A named relay keeps its name, and so its limits and connections are shared by all routes to it.

    A route that speaks to it in another manner gets a hop of its own, `NAME@ROUTE`.
    """
    first = deliver.relay[0]
    if isinstance(first, RelayRef) and first.host is None:
        relay = relays[first.text]
        special = rule.limits is not None or deliver.tls not in (None, relay.tls)
        name = f"{first.text}@{rule.name}" if special else first.text
        manner = _manner(deliver.tls or relay.tls, rule.limits or relay.limits, relay.source, relay.helo, relay.auth)
        manner = replace(manner, certificate=relay.client_certificate)
        return RelayHop(name, tuple(host.value for host in relay.hosts), manner)
    hosts = tuple(filter(None, map(_host, deliver.relay)))
    manner = Manner(deliver.tls or TlsPolicy.OPPORTUNISTIC, limits=rule.limits or HopLimits())
    return RelayHop(",".join(map(host_port, hosts)), hosts, manner)


def _host(entry: RelayRef | RelayHost) -> Host | None:
    return entry.value if isinstance(entry, RelayHost) else entry.host


def _lmtp_hop(deliver: ToLmtp, limits: HopLimits) -> LmtpHop:
    name = ",".join(map(str, deliver.lmtp))
    hosts = tuple(place.host for place in deliver.lmtp if place.host is not None)
    return LmtpHop(name, hosts, deliver.lmtp[0].path, Manner(deliver.tls, limits=limits))


def _manner(
    tls: TlsPolicy, limits: HopLimits, source: IpAddress | None, helo: Domain | None, auth: RelayAuth | None = None
) -> Manner:
    return Manner(
        tls,
        Login(auth.user, auth.password.value) if auth else None,
        limits,
        str(source) if source else None,
        helo.ascii if helo else None,
    )
