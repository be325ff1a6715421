"""Conditions on the sender."""

from dataclasses import dataclass

from typing_extensions import override

from gateway.mail.address import Address
from gateway.route.conditions.condition import UNKNOWN_YET, Condition
from gateway.route.conditions.domains import Domains
from gateway.route.facts import Scene
from gateway.route.patterns import SenderPattern


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
        seen = UNKNOWN_YET if sender is None else str(sender) or "<>"
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
        seen = UNKNOWN_YET if sender is None else sender.domain if isinstance(sender, Address) else "none"
        return f"sender_domain {seen}, wanted {self.domains}"
