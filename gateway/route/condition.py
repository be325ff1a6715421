"""`when:` made ready to be asked. Three values: True, False, and None where it is not known yet (Kleene's logic).

Each condition also says what it saw, so that `gateway route explain` tells the same story that was acted on.
"""

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from typing_extensions import override

from gateway.mail.address import Address
from gateway.mail.domain import Domain
from gateway.mail.need import Extension
from gateway.route.facts import Scene
from gateway.route.patterns import DomainPattern, SenderPattern
from gateway.route.regex import Regex
from gateway.route.when import Network, SizeRange, TimeRange, When


class Condition(Protocol):
    """A test of a scene."""

    def holds(self, scene: Scene) -> bool | None:
        """Whether it does; None: not known yet."""
        ...

    def because(self, scene: Scene) -> str:
        """What it saw, and what it wanted, in words."""
        ...


@dataclass(frozen=True, slots=True)
class Domains:
    """A set of patterns: found by the name itself, and by each domain above it."""

    patterns: tuple[DomainPattern, ...]
    exact: frozenset[str]
    above: frozenset[str]

    def has(self, domain: Domain) -> bool:
        """Whether one of the patterns matches."""
        name = domain.ascii
        if name in self.exact:
            return True
        while self.above:
            _, dot, name = name.partition(".")
            if not dot:
                return False
            if name in self.above:
                return True
        return False

    @override
    def __str__(self) -> str:
        return ", ".join(map(str, self.patterns))


def domains(patterns: Sequence[DomainPattern]) -> Domains:
    """The set of these patterns."""
    exact = frozenset(pattern.domain.ascii for pattern in patterns if not pattern.below)
    return Domains(tuple(patterns), exact, frozenset(pattern.domain.ascii for pattern in patterns if pattern.below))


@dataclass(frozen=True, slots=True)
class RecipientIs(Condition):
    """`recipient:`"""

    keys: frozenset[str]

    @override
    def holds(self, scene: Scene) -> bool | None:
        return None if scene.recipient is None else scene.recipient.key in self.keys

    @override
    def because(self, scene: Scene) -> str:
        return f"recipient {scene.recipient}, wanted {', '.join(sorted(self.keys))}"


@dataclass(frozen=True, slots=True)
class RecipientDomain(Condition):
    """`recipient_domain:`"""

    domains: Domains

    @override
    def holds(self, scene: Scene) -> bool | None:
        return self.domains.has(scene.domain)

    @override
    def because(self, scene: Scene) -> str:
        return f"recipient_domain {scene.domain}, wanted {self.domains}"


@dataclass(frozen=True, slots=True)
class SenderIs(Condition):
    """`sender:`"""

    patterns: tuple[SenderPattern, ...]
    keys: frozenset[str]

    @override
    def holds(self, scene: Scene) -> bool | None:
        sender = scene.facts.sender
        return None if sender is None else (sender.key if isinstance(sender, Address) else "") in self.keys

    @override
    def because(self, scene: Scene) -> str:
        sender = scene.facts.sender
        seen = "not known yet" if sender is None else str(sender) or "<>"
        return f"sender {seen}, wanted {', '.join(map(str, self.patterns))}"


@dataclass(frozen=True, slots=True)
class SenderDomain(Condition):
    """`sender_domain:`; the null sender has none."""

    domains: Domains

    @override
    def holds(self, scene: Scene) -> bool | None:
        sender = scene.facts.sender
        return None if sender is None else isinstance(sender, Address) and self.domains.has(sender.domain)

    @override
    def because(self, scene: Scene) -> str:
        sender = scene.facts.sender
        seen = "not known yet" if sender is None else sender.domain if isinstance(sender, Address) else "none"
        return f"sender_domain {seen}, wanted {self.domains}"


@dataclass(frozen=True, slots=True)
class Client(Condition):
    """`client:`; a mail made on this machine has no client."""

    networks: tuple[Network, ...]

    @override
    def holds(self, scene: Scene) -> bool | None:
        origin = scene.facts.origin
        return None if origin is None else in_networks(origin.ip, self.networks)

    @override
    def because(self, scene: Scene) -> str:
        origin = scene.facts.origin
        seen = "not known yet" if origin is None else origin.ip or "none"
        return f"client {seen}, wanted {', '.join(map(str, self.networks))}"


@dataclass(frozen=True, slots=True)
class Listener(Condition):
    """`listener:`"""

    names: tuple[str, ...]

    @override
    def holds(self, scene: Scene) -> bool | None:
        origin = scene.facts.origin
        return None if origin is None else origin.listener in self.names

    @override
    def because(self, scene: Scene) -> str:
        origin = scene.facts.origin
        return f"listener {origin.listener if origin else 'not known yet'}, wanted {', '.join(self.names)}"


@dataclass(frozen=True, slots=True)
class Authenticated(Condition):
    """`authenticated:`"""

    wanted: bool

    @override
    def holds(self, scene: Scene) -> bool | None:
        origin = scene.facts.origin
        return None if origin is None else (origin.authenticated is not None) is self.wanted

    @override
    def because(self, scene: Scene) -> str:
        origin = scene.facts.origin
        seen = "not known yet" if origin is None else _yes(truth=origin.authenticated is not None)
        return f"authenticated {seen}, wanted {_yes(truth=self.wanted)}"


@dataclass(frozen=True, slots=True)
class Header(Condition):
    """One entry of `header:`"""

    name: str
    regex: Regex

    @override
    def holds(self, scene: Scene) -> bool | None:
        seen = scene.facts.seen
        return None if seen is None else any(map(self.regex.found_in, seen.header(self.name.lower())))

    @override
    def because(self, scene: Scene) -> str:
        seen = scene.facts.seen
        values = "not known yet" if seen is None else "; ".join(map(repr, seen.header(self.name.lower()))) or "absent"
        return f"header {self.name} {values}, wanted {self.regex}"


@dataclass(frozen=True, slots=True)
class Size(Condition):
    """`size:`"""

    range: SizeRange

    @override
    def holds(self, scene: Scene) -> bool | None:
        if scene.facts.seen is None:
            return None
        size, over, under = scene.facts.seen.size, self.range.over, self.range.under
        return (over is None or size > over) and (under is None or size < under)

    @override
    def because(self, scene: Scene) -> str:
        seen = scene.facts.seen
        bounds = [("over", self.range.over), ("under", self.range.under)]
        wanted = " and ".join(f"{word} {bound}" for word, bound in bounds if bound is not None)
        return f"size {'not known yet' if seen is None else seen.size}, wanted {wanted}"


@dataclass(frozen=True, slots=True)
class NeedsAny(Condition):
    """`needs:`"""

    extensions: tuple[Extension, ...]

    @override
    def holds(self, scene: Scene) -> bool | None:
        seen = scene.facts.seen
        return None if seen is None else not seen.needs.isdisjoint(self.extensions)

    @override
    def because(self, scene: Scene) -> str:
        seen = scene.facts.seen
        found = "not known yet" if seen is None else " ".join(sorted(seen.needs)) or "nothing"
        return f"needs {found}, wanted {', '.join(self.extensions)}"


@dataclass(frozen=True, slots=True)
class Local(Condition):
    """`local:`"""

    wanted: bool

    @override
    def holds(self, scene: Scene) -> bool | None:
        return scene.local is self.wanted

    @override
    def because(self, scene: Scene) -> str:
        return f"local {_yes(truth=scene.local)} for {scene.domain}, wanted {_yes(truth=self.wanted)}"


@dataclass(frozen=True, slots=True)
class Time(Condition):
    """`time:`"""

    range: TimeRange

    @override
    def holds(self, scene: Scene) -> bool | None:
        minute = scene.facts.minute
        if minute is None:
            return None
        start, stop = (each.minute for each in self.range.between)
        return start <= minute < stop if start <= stop else minute >= start or minute < stop

    @override
    def because(self, scene: Scene) -> str:
        minute = scene.facts.minute
        seen = "not known yet" if minute is None else f"{minute // 60:02}:{minute % 60:02}"
        start, stop = self.range.between
        return f"time {seen}, wanted {start} to {stop}"


@dataclass(frozen=True, slots=True)
class AllOf(Condition):
    """Each of them; true where there is none."""

    conditions: tuple[Condition, ...]

    @override
    def holds(self, scene: Scene) -> bool | None:
        verdict: bool | None = True
        for condition in self.conditions:
            holds = condition.holds(scene)
            if holds is False:
                return False
            if holds is None:
                verdict = None
        return verdict

    @override
    def because(self, scene: Scene) -> str:
        verdict = self.holds(scene)
        telling = [each for each in self.conditions if each.holds(scene) is verdict]
        return "; ".join(each.because(scene) for each in telling) or "no condition"


@dataclass(frozen=True, slots=True)
class AnyOf(Condition):
    """At least one of them."""

    conditions: tuple[Condition, ...]

    @override
    def holds(self, scene: Scene) -> bool | None:
        verdict: bool | None = False
        for condition in self.conditions:
            holds = condition.holds(scene)
            if holds is True:
                return True
            if holds is None:
                verdict = None
        return verdict

    @override
    def because(self, scene: Scene) -> str:
        verdict = self.holds(scene)
        telling = [each for each in self.conditions if each.holds(scene) is verdict]
        return "any of (" + " / ".join(each.because(scene) for each in telling) + ")"


@dataclass(frozen=True, slots=True)
class Not(Condition):
    """The opposite."""

    condition: Condition

    @override
    def holds(self, scene: Scene) -> bool | None:
        holds = self.condition.holds(scene)
        return None if holds is None else not holds

    @override
    def because(self, scene: Scene) -> str:
        return f"not ({self.condition.because(scene)})"


def compiled(when: When) -> AllOf:
    """The condition that `when` writes."""
    return AllOf((*_of_envelope(when), *_of_session(when), *_of_content(when), *_combined(when)))


def _of_envelope(when: When) -> Iterator[Condition]:
    if when.recipient is not None:
        yield RecipientIs(frozenset(address.key for address in when.recipient))
    if when.recipient_domain is not None:
        yield RecipientDomain(domains(when.recipient_domain))
    if when.local is not None:
        yield Local(when.local)
    if when.sender is not None:
        yield SenderIs(when.sender, frozenset(pattern.key for pattern in when.sender))
    if when.sender_domain is not None:
        yield SenderDomain(domains(when.sender_domain))


def _of_session(when: When) -> Iterator[Condition]:
    if when.client is not None:
        yield Client(when.client)
    if when.listener is not None:
        yield Listener(when.listener)
    if when.authenticated is not None:
        yield Authenticated(when.authenticated)
    if when.time is not None:
        yield Time(when.time)


def _of_content(when: When) -> Iterator[Condition]:
    if when.size is not None:
        yield Size(when.size)
    if when.needs is not None:
        yield NeedsAny(when.needs)
    for name, regex in (when.header or {}).items():
        yield Header(name, regex)


def _combined(when: When) -> Iterator[Condition]:
    if when.all_ is not None:
        yield AllOf(tuple(map(compiled, when.all_)))
    if when.any_ is not None:
        yield AnyOf(tuple(map(compiled, when.any_)))
    if when.not_ is not None:
        yield Not(compiled(when.not_))


@lru_cache(maxsize=4096)
def in_networks(ip: str, networks: tuple[Network, ...]) -> bool:
    """Whether the address (text, empty for none) lies in one of these networks; IPv4 inside IPv6 counts as IPv4."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return any((mapped or address) in network for network in networks)


def _yes(*, truth: bool) -> str:
    return "yes" if truth else "no"
