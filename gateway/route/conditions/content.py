"""Conditions on the message itself."""

from dataclasses import dataclass

from typing_extensions import override

from gateway.mail.need import Extension
from gateway.route.conditions.condition import UNKNOWN_YET, Condition
from gateway.route.facts import Scene
from gateway.route.regex import Regex
from gateway.route.when import SizeRange


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
        values = UNKNOWN_YET if seen is None else "; ".join(map(repr, seen.header(self.name.lower()))) or "absent"
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
        return f"size {UNKNOWN_YET if seen is None else seen.size}, wanted {wanted}"


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
        found = UNKNOWN_YET if seen is None else " ".join(sorted(seen.needs)) or "nothing"
        return f"needs {found}, wanted {', '.join(self.extensions)}"
