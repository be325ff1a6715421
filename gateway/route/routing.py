"""All that the configuration says about routing, ready to be asked: whom a recipient stands for, and its route."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.mail.address import Address
from gateway.route.aliases import AliasTable, Step, ascii_aliases
from gateway.route.config import LocalDomain, Relay, RewriteRule, RouteRule
from gateway.route.facts import Facts
from gateway.route.patterns import Mailboxes
from gateway.route.rewriting import RewriteTable
from gateway.route.rules import RouteTable


class RoutingConfig(Protocol):
    """The part of the configuration that routing reads."""

    @property
    def domains(self) -> Sequence[LocalDomain]:
        """Our own domains."""
        ...

    @property
    def relays(self) -> Mapping[str, Relay]:
        """Next hops by name."""
        ...

    @property
    def aliases(self) -> Mapping[Mailboxes, Sequence[Mailboxes]]:
        """Recipients that stand for others."""
        ...

    @property
    def ascii_aliases(self) -> Mapping[Address, Address]:
        """What hops without SMTPUTF8 are told."""
        ...

    @property
    def rewrite(self) -> Sequence[RewriteRule]:
        """Changes to the envelope."""
        ...

    @property
    def routes(self) -> Sequence[RouteRule]:
        """Where mail goes."""
        ...


@dataclass(frozen=True, slots=True)
class Resolution:
    """Whom a recipient stands for, itself where nothing changes it; `looped`: its aliases go in a circle."""

    recipients: tuple[Address, ...]
    rewritten: Address
    steps: tuple[Step, ...] = ()
    looped: bool = False


class Routing:
    """The tables of one configuration."""

    def __init__(self, config: RoutingConfig) -> None:
        self.routes = RouteTable(config.routes, config.relays, config.domains)
        self.aliases = AliasTable(config.aliases)
        self.rewriting = RewriteTable(config.rewrite, config.domains)
        self.ascii_aliases = ascii_aliases(config.ascii_aliases)

    def resolve(self, recipient: Address, facts: Facts) -> Resolution:
        """Apply rewriting, then aliases. What comes out is routed afresh, and not rewritten again."""
        rewritten = self.rewriting.recipient(recipient, facts)
        expansion = self.aliases.expand(rewritten)
        if expansion is None:
            return Resolution((rewritten,), rewritten)
        return Resolution(expansion.recipients, rewritten, expansion.steps, expansion.looped)
