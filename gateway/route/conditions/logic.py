"""Conditions made of conditions."""

from dataclasses import dataclass

from typing_extensions import override

from gateway.route.conditions.condition import Condition
from gateway.route.facts import Scene


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
