"""Conditions on the recipient."""

from dataclasses import dataclass

from typing_extensions import override

from gateway.route.conditions.condition import Condition, yes_or_no
from gateway.route.conditions.domains import Domains
from gateway.route.facts import Scene


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
class Local(Condition):
    """`local:`"""

    wanted: bool

    @override
    def holds(self, scene: Scene) -> bool | None:
        return scene.local is self.wanted

    @override
    def because(self, scene: Scene) -> str:
        return f"local {yes_or_no(truth=scene.local)} for {scene.domain}, wanted {yes_or_no(truth=self.wanted)}"
