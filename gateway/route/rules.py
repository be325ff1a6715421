"""Which route takes a recipient: the first that matches.

A table remembers for each recipient's domain which routes are left to be asked: those that the domain alone rules out
are never looked at again, and one that it alone decides ends the list. Domains may become local, or cease to be, at any
time: what is remembered holds for one of the two. `explain` asks every route, and says why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.mail.address import Address
from gateway.mail.domain import Domain
from gateway.route.conditions.compiled import compiled
from gateway.route.conditions.logic import AllOf
from gateway.route.config import LocalDomain, Relay, RouteRule
from gateway.route.facts import UNKNOWN, Facts, Scene
from gateway.route.local import IsLocal, LocalDomains, no_more
from gateway.route.plan import Route, planned

_MAX_DOMAINS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Choice:
    """The route, or None where no route matches. `undecided`: some route before it looks at what is not known yet."""

    route: Route | None
    undecided: bool = False


@dataclass(frozen=True, slots=True)
class Tried:
    """A route that was asked. `verdict` None: not known yet."""

    name: str
    verdict: bool | None
    because: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The choice, with every route asked up to the one that took the recipient."""

    choice: Choice
    tried: tuple[Tried, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A route that a domain does not rule out. `sure`: the domain alone decides for it."""

    choice: Choice
    condition: AllOf
    sure: bool


_NO_ROUTE: Final = Choice(None)


class RouteTable:
    """The routes, ready to be asked. Made once for a configuration."""

    def __init__(
        self,
        rules: Sequence[RouteRule],
        relays: Mapping[str, Relay],
        local: Sequence[LocalDomain],
        more_local: IsLocal = no_more,
    ) -> None:
        self.routes = tuple(planned(rule, relays) for rule in rules)
        self._conditions = tuple(compiled(rule.when) for rule in rules)
        self._by_name = {route.name: route for route in self.routes}
        self.is_local = LocalDomains(local, more_local)
        self._candidates: dict[tuple[str, bool], tuple[_Candidate, ...]] = {}

    def named(self, name: str) -> Route | None:
        """The route of this name."""
        return self._by_name.get(name)

    def choose(self, recipient: Address, facts: Facts) -> Choice:
        """The route for a recipient."""
        domain = recipient.domain
        local = self.is_local(domain)
        candidates = self._candidates.get((domain.ascii, local))
        if candidates is None:
            candidates = self._narrowed(domain, local=local)
        if candidates and candidates[0].sure:
            return candidates[0].choice
        return self._asked(candidates, Scene(domain, local, recipient, facts))

    def _asked(self, candidates: tuple[_Candidate, ...], scene: Scene) -> Choice:
        undecided = False
        for candidate in candidates:
            holds = True if candidate.sure else candidate.condition.holds(scene)
            if holds:
                return Choice(candidate.choice.route, undecided=True) if undecided else candidate.choice
            if holds is None:
                undecided = True
        return Choice(None, undecided=True) if undecided else _NO_ROUTE

    def _narrowed(self, domain: Domain, *, local: bool) -> tuple[_Candidate, ...]:
        scene = Scene(domain, local, None, UNKNOWN)
        candidates: list[_Candidate] = []
        for route, condition in zip(self.routes, self._conditions, strict=True):
            holds = condition.holds(scene)
            if holds is False:
                continue
            candidates.append(_Candidate(Choice(route), condition, holds is True))
            if holds:
                break
        if len(self._candidates) >= _MAX_DOMAINS:
            self._candidates.clear()
        found = self._candidates[domain.ascii, local] = tuple(candidates)
        return found

    def explain(self, recipient: Address, facts: Facts) -> Explanation:
        """As `choose`, with the reasons."""
        scene = Scene(recipient.domain, self.is_local(recipient.domain), recipient, facts)
        tried: list[Tried] = []
        for route, condition in zip(self.routes, self._conditions, strict=True):
            verdict = condition.holds(scene)
            tried.append(Tried(route.name, verdict, condition.because(scene)))
            if verdict:
                break
        return Explanation(self.choose(recipient, facts), tuple(tried))
