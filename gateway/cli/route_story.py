"""What `gateway route explain` tells, as values: the way of each recipient, and what would be sent to a hop."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from gateway.accounts.protocol import Directory, Known
from gateway.app.build import setup_of
from gateway.cli.route_outcome import Draft, Means, Outcome, outcome_at
from gateway.inspect.inspector import examine
from gateway.inspect.result import Inspection
from gateway.mail.address import NULL_PATH, Address, ReversePath
from gateway.mail.capabilities import Capabilities
from gateway.mail.envelope import Body, Recipient
from gateway.mail.nexthop import LmtpHop, MailboxHop, MxHop, NextHop, RelayHop
from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.mail.origin import Origin
from gateway.relay.no_accounts import NO_ACCOUNTS
from gateway.relay.permission import refusal_of_recipient
from gateway.relay.postmaster import is_our_postmaster
from gateway.relay.residents import Residents
from gateway.relay.seen import Header
from gateway.route.aliases import Expansion
from gateway.route.facts import Facts, Seen
from gateway.route.patterns import host_port
from gateway.route.plan import Discard, Hold, Mailbox, Reject, Route, Via, ViaMx
from gateway.route.policy import Policy
from gateway.route.retry import Retry
from gateway.route.rules import Tried
from gateway.settings.config import Config
from gateway.store.names import INBOX


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked. `octets` None: no message was given. `hops`: capabilities by a name for people."""

    origin: Origin
    sender: ReversePath | None
    minute: int
    octets: OctetSource | None
    hops: Mapping[str, Capabilities]


@dataclass(frozen=True, slots=True)
class Way:
    """What a route does with mail for one recipient."""

    name: str
    action: str
    next_hop: str
    hosts: tuple[str, ...]
    tls: str
    accept_from: str
    policy: Policy
    retry: Retry
    bcc: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Leg:
    """One recipient after rewriting and aliases. `way` None: no route matches, which is refused with 550 5.4.4."""

    recipient: str
    tried: tuple[Tried, ...]
    undecided: bool
    way: Way | None
    needs: tuple[str, ...]
    outcomes: tuple[Outcome, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """All about one recipient of the command line. `sender` as rewritten, None where none was given. `refused`: the
    reply that RCPT would get, empty where it would be taken."""

    recipient: str
    rewritten: str
    sender: str | None
    trusted: bool
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    looped: bool = False
    legs: tuple[Leg, ...] = ()
    refused: str = ""


class Teller:
    """Tells the stories of one question."""

    def __init__(self, config: Config, question: Question, directory: Directory = NO_ACCOUNTS) -> None:
        self._setup = setup_of(config, directory)
        self._router = self._setup.router
        self._question = question
        early = Facts(question.sender, question.origin, question.minute)
        sender = None if question.sender is None else self._router.rewrites.sender(question.sender, early)
        self._facts = replace(early, sender=sender)
        self._header = Header(question.octets or MemoryOctets(b""))
        self._octets = question.octets or MemoryOctets(b"")
        self._inspection = examine(question.octets) if question.octets else Inspection(0, Body.SEVENBIT)

    def story(self, recipient: Address) -> Story:
        """The story of one recipient."""
        sender = self._facts.sender
        rewritten = self._router.rewrites.recipient(recipient, self._facts)
        expansion = self._router.aliases.expand(rewritten) or Expansion((rewritten,), ())
        return Story(
            str(recipient),
            str(rewritten),
            None if sender is None else str(sender) or "<>",
            self._question.origin.trusted,
            {str(step.alias): tuple(map(str, step.targets)) for step in expansion.steps},
            expansion.looped,
            tuple(map(self._leg, expansion.recipients)),
            self._refused(recipient),
        )

    def _refused(self, address: Address) -> str:
        placement = self._router.place(Recipient(address), self._facts)
        refusal = refusal_of_recipient(self._setup, self._question.origin, address, placement)
        if refusal is None or is_our_postmaster(self._setup, address):
            return ""
        return str(refusal)

    def _leg(self, recipient: Address) -> Leg:
        draft = Draft(self._facts.sender or NULL_PATH, recipient, self._octets, self._inspection)
        explanation = self._router.routes.explain(recipient, self._facts_of(draft))
        choice = explanation.choice
        needs = tuple(sorted(draft.needs.extensions))
        if choice.route is None:
            return Leg(str(recipient), explanation.tried, choice.undecided, None, needs)
        policy = choice.route.policy(trusted=self._question.origin.trusted)
        way = way_of(choice.route, recipient, policy)
        if isinstance(choice.route.action, Mailbox):
            way = replace(way, action=self._mailbox(recipient, choice.route))
        outcomes = tuple(self._outcomes(draft, policy)) if way.hosts else ()
        return Leg(str(recipient), explanation.tried, choice.undecided, way, needs, outcomes)

    def _mailbox(self, recipient: Address, route: Route) -> str:
        refusal = Residents(self._setup.directory).refusal(recipient, route)
        if refusal is not None:
            return f"refuse: {refusal}"
        found = self._setup.directory.resolve(recipient)
        return f"mailbox of {found.account.address}, {INBOX}" if isinstance(found, Known) else action_in_words(route)

    def _facts_of(self, draft: Draft) -> Facts:
        if self._question.octets is None:
            return self._facts
        seen = Seen(len(self._octets), draft.needs.extensions, self._header)
        return replace(self._facts, seen=seen)

    def _outcomes(self, draft: Draft, policy: Policy) -> Iterator[Outcome]:
        means = Means(policy, self._setup.ascii_aliases)
        for name, capabilities in self._question.hops.items():
            yield outcome_at(name, capabilities, draft, means)


def way_of(route: Route, recipient: Address, policy: Policy) -> Way:
    """The route in words."""
    hop = route.next_hop(recipient)
    return Way(
        route.name,
        action_in_words(route),
        route.hop_key(recipient),
        hosts_of(hop) if hop else (),
        hop.manner.tls if hop else "",
        route.accept_from,
        policy,
        route.retry,
        tuple(map(str, route.bcc)),
    )


def action_in_words(route: Route) -> str:
    """What the route does."""
    match route.action:
        case Via(hop):
            return f"relay to {hop.key}"
        case ViaMx():
            return "send to the mail exchangers of the domain"
        case Reject(code, status, text):
            return f"refuse: {code} {status} {text}"
        case Discard():
            return "take it and throw it away"
        case Hold():
            return "hold it until an operator releases it"
        case Mailbox():
            return "into the recipient's mailbox"
        case _:
            assert_never(route.action)


def hosts_of(hop: NextHop) -> tuple[str, ...]:
    """The hosts of a next hop, as configured."""
    match hop:
        case MxHop(domain):
            return (f"MX of {domain.ascii}",)
        case LmtpHop(path=str(path)):
            return (path,)
        case MailboxHop():
            return ()
        case RelayHop(hosts=hosts) | LmtpHop(hosts=hosts):
            ordered = sorted(hosts, key=lambda host: (host.priority, -host.weight))
            return tuple(f"{host_port(host)} (priority {host.priority}, weight {host.weight})" for host in ordered)
        case _:
            assert_never(hop)
