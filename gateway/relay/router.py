"""Where each recipient's mail goes: rewriting, aliases, routes, copies. Used when mail is accepted and, for the
routes alone, at each attempt."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.mail import codes
from gateway.mail.address import Address
from gateway.mail.envelope import Notify, OriginalRecipient, Recipient
from gateway.mail.message import Delivery
from gateway.mail.reply import Reply, reply
from gateway.mail.units import Timestamp
from gateway.queue.protocol import NewDelivery
from gateway.relay.seen import Content
from gateway.route.aliases import AliasTable
from gateway.route.config import AcceptFrom
from gateway.route.facts import Facts
from gateway.route.plan import Hold, Mailbox, Reject, Route
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

    @property
    def refusal(self) -> Reply | None:
        """Why nothing can be sent there."""
        if self.route is None:
            text = f"no route for {_ascii(self.recipient.address)}; add one to the configuration, or mend the address"
            return reply(550, codes.NO_ROUTE, text)
        match self.route.action:
            case Reject(code=code, status=status, text=text):
                return reply(code, status, text)
            case Mailbox():
                return reply(550, codes.NO_SUCH_MAILBOX, f"no mailbox {_ascii(self.recipient.address)} here")
            case _:
                return None

    def delivery(self, due: Timestamp, needs: tuple[str, ...] = ()) -> NewDelivery:
        """As the queue stores it."""
        route = self.route
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
    """What becomes of one recipient that a client named. `undecided`: some rule has to see the content first."""

    destinations: tuple[Destination, ...]
    undecided: bool

    @property
    def refusal(self) -> Reply | None:
        """Why none of it can be sent anywhere; None while anything can."""
        if not self.destinations:
            return reply(550, codes.ROUTING_LOOP, "the alias leads in a circle; mend `aliases` in the configuration")
        refusals = [d.refusal for d in self.destinations if not d.copy]
        return refusals[0] if refusals and all(refusals) else None

    @property
    def for_anyone(self) -> bool:
        """Whether its routes are open to clients that are not trusted. Copies are the operator's own doing."""
        own = [d for d in self.destinations if not d.copy]
        return bool(own) and all(d.route is not None and d.route.accept_from is AcceptFrom.ANYONE for d in own)


class Router:
    """The tables of one configuration."""

    def __init__(self, routes: RouteTable, released: RouteTable, aliases: AliasTable, rewrites: RewriteTable) -> None:
        self.routes = routes
        self._released = released
        self._aliases = aliases
        self.rewrites = rewrites

    def place(self, recipient: Recipient, facts: Facts, content: Content | None = None) -> Placement:
        """Work out where mail for the recipient goes."""
        if content is not None:
            facts = content.facts(facts, recipient)
        address = self.rewrites.recipient(recipient.address, facts)
        expansion = self._aliases.expand(address)
        if expansion is None and address is recipient.address:
            choice = self.routes.choose(address, facts)
            destination = Destination(recipient, choice.route)
            if choice.route is None or not choice.route.bcc:
                return Placement((destination,), choice.undecided)
            return Placement((destination, *self._copies(destination, facts)), choice.undecided)
        targets = expansion.recipients if expansion else (address,)
        return self._place_all(recipient, targets, facts)

    def is_alias(self, address: Address) -> bool:
        """Whether `aliases` has this very address: then it is known here, whoever else does not know it."""
        return self._aliases.has(address)

    def _place_all(self, recipient: Recipient, targets: Sequence[Address], facts: Facts) -> Placement:
        destinations: list[Destination] = []
        undecided = False
        for target in targets:
            choice = self.routes.choose(target, facts)
            undecided |= choice.undecided
            destination = Destination(_forwarded(recipient, target), choice.route, alias_of=str(recipient.address))
            destinations += [destination, *self._copies(destination, facts)]
        return Placement(tuple(destinations), undecided)

    def _copies(self, destination: Destination, facts: Facts) -> list[Destination]:
        """Copies go their own ways, and make no copies in turn."""
        if destination.route is None or destination.refusal is not None:
            return []
        copies = (Recipient(address, _NO_REPORTS) for address in destination.route.bcc)
        return [Destination(c, self.routes.choose(c.address, facts).route, copy=True) for c in copies]

    def again(self, delivery: Delivery, facts: Facts) -> Route | None:
        """The route of mail that waits. What a route held and an operator released goes by the routes after it."""
        address = delivery.recipient.address
        route = self.routes.choose(address, facts).route
        if route is not None and isinstance(route.action, Hold) and route.name == delivery.route:
            return self._released.choose(address, facts).route
        return route

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


def _ascii(address: Address) -> str:
    return address.wire.encode("ascii", "backslashreplace").decode("ascii")
