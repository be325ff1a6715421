"""Where each recipient's mail goes: rewriting, aliases, routes, copies. Used when mail is accepted and, for the
routes alone, at each attempt."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.accounts.protocol import Directory
from gateway.mail import codes
from gateway.mail.address import Address
from gateway.mail.envelope import Notify, OriginalRecipient, Recipient
from gateway.mail.message import Delivery
from gateway.mail.reply import Reply, reply
from gateway.mail.units import Timestamp
from gateway.queue.protocol import NewDelivery
from gateway.relay.residents import Residents, in_ascii
from gateway.relay.seen import Content
from gateway.route.aliases import AliasTable
from gateway.route.config import AcceptFrom
from gateway.route.facts import Facts
from gateway.route.plan import Hold, Reject, Route
from gateway.route.rewriting import RewriteTable
from gateway.route.rules import RouteTable

_NO_REPORTS = frozenset({Notify.NEVER})


@dataclass(frozen=True, slots=True)
class Destination:
    """One recipient in the end, with the route that takes it; None: no route does."""

    recipient: Recipient
    route: Route | None
    copy: bool = False
    alias_of: str = ""
    closed: Reply | None = None
    """Why nobody of ours takes it, whatever the route is good for."""

    @property
    def refusal(self) -> Reply | None:
        """Why nothing can be sent there."""
        if self.closed is not None:
            return self.closed
        if self.route is None:
            text = f"no route for {in_ascii(self.recipient.address)}; add one to the configuration, or mend the address"
            return reply(550, codes.NO_ROUTE, text)
        match self.route.action:
            case Reject(code=code, status=status, text=text):
                return reply(code, status, text)
            case _:
                return None

    def delivery(self, due: Timestamp, needs: tuple[str, ...] = ()) -> NewDelivery:
        """As the queue stores it."""
        route = self.route if self.closed is None else None
        return NewDelivery(
            self.recipient,
            route.hop_key(self.recipient.address) if route else "reject",
            route.name if route else "",
            due,
            needs,
            self.copy,
            self.alias_of,
            f"held by route {route.name}" if route and isinstance(route.action, Hold) else "",
        )


@dataclass(frozen=True, slots=True)
class Placement:
    """What becomes of one recipient that a client named. `undecided`: some rule has to see the content first.
    `closed`: what is said of an address that takes no mail, whoever asks."""

    destinations: tuple[Destination, ...]
    undecided: bool
    closed: Reply | None = None

    @property
    def refusal(self) -> Reply | None:
        """Why none of it can be sent anywhere; None while anything can."""
        if self.closed is not None:
            return self.closed
        if not self.destinations:
            return reply(550, codes.ROUTING_LOOP, "the alias leads in a circle; mend `aliases` in the configuration")
        refusals = [d.refusal for d in self.destinations if not d.copy]
        return refusals[0] if refusals and all(refusals) else None

    @property
    def for_anyone(self) -> bool:
        """Whether its routes are open to clients that are not trusted. Copies are the operator's own doing."""
        own = [d for d in self.destinations if not d.copy]
        return bool(own) and all(d.route is not None and d.route.accept_from is AcceptFrom.ANYONE for d in own)


@dataclass(frozen=True, slots=True)
class Routes:
    """All routes; and those for mail that an operator has released, none of which holds it again."""

    all: RouteTable
    released: RouteTable


class Router:
    """The tables of one configuration, and the accounts, which change at any time: raises AccountsUnavailable."""

    def __init__(self, routes: Routes, aliases: AliasTable, rewrites: RewriteTable, directory: Directory) -> None:
        self.routes = routes.all
        self._released = routes.released
        self.aliases = aliases
        self.rewrites = rewrites
        self._residents = Residents(directory)

    def place(self, recipient: Recipient, facts: Facts, content: Content | None = None) -> Placement:
        """Work out where mail for the recipient goes."""
        if content is not None:
            facts = content.facts(facts, recipient)
        placement = self._placed(recipient, facts)
        closed = self._residents.closed(recipient.address)
        return placement if closed is None else replace(placement, closed=closed)

    def _placed(self, recipient: Recipient, facts: Facts) -> Placement:
        address = self.rewrites.recipient(recipient.address, facts)
        expansion = self.aliases.expand(address)
        if expansion is None and address is recipient.address:
            return self._place_all((Destination(recipient, None),), facts)
        targets = expansion.recipients if expansion else (address,)
        name = str(recipient.address)
        return self._place_all([Destination(_forwarded(recipient, to), None, alias_of=name) for to in targets], facts)

    def is_alias(self, address: Address) -> bool:
        """Whether `aliases` has this very address: then it is known here, whoever else does not know it."""
        return self.aliases.has(address)

    def _place_all(self, unrouted: Sequence[Destination], facts: Facts) -> Placement:
        destinations: list[Destination] = []
        undecided = False
        for each in unrouted:
            choice = self.routes.choose(each.recipient.address, facts)
            undecided |= choice.undecided
            destination = self._led(each, choice.route)
            destinations += [destination, *self._copies(destination, facts)]
        return Placement(tuple(destinations), undecided)

    def _led(self, destination: Destination, route: Route | None) -> Destination:
        closed = self._residents.refusal(destination.recipient.address, route)
        return Destination(destination.recipient, route, destination.copy, destination.alias_of, closed)

    def _copies(self, destination: Destination, facts: Facts) -> list[Destination]:
        """Copies go their own ways, and make no copies in turn."""
        if destination.route is None or destination.refusal is not None:
            return []
        copies = [Destination(Recipient(address, _NO_REPORTS), None, copy=True) for address in destination.route.bcc]
        return [self._led(copy, self.routes.choose(copy.recipient.address, facts).route) for copy in copies]

    def again(self, delivery: Delivery, facts: Facts) -> Route | None:
        """The route of mail that waits. What a route held and an operator released goes by the routes after it."""
        address = delivery.recipient.address
        route = self.routes.choose(address, facts).route
        if route is not None and isinstance(route.action, Hold) and route.name == delivery.route:
            route = self._released.choose(address, facts).route
        return self._residents.still(address, route)

    def recorded(self, delivery: Delivery, route: Route | None) -> str:
        """The name that the queue keeps for the route of mail that waits: that of its hold, once it was released."""
        before = self.routes.named(delivery.route)
        if route is None or (before is not None and isinstance(before.action, Hold)):
            return delivery.route
        return route.name


def _forwarded(recipient: Recipient, target: Address) -> Recipient:
    """ORCPT keeps the address that the sender knows (RFC 3461 5.2.7.2)."""
    if target.key == recipient.address.key:
        return replace(recipient, address=target)
    address = recipient.address
    original = recipient.original or OriginalRecipient("rfc822" if address.is_ascii else "utf-8", str(address))
    return replace(recipient, address=target, original=original)
