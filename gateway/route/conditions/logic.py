"""Conditions made of conditions."""

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from gateway.route.conditions.condition import Condition
from gateway.route.facts import Scene


@dataclass(frozen=True, slots=True)
class _Several(Condition):
    """Conditions side by side. One that has the verdict `_decisive` settles the matter."""

    conditions: tuple[Condition, ...]

    _decisive: ClassVar[bool]

    @override
    def holds(self, scene: Scene) -> bool | None:
        verdict: bool | None = not self._decisive
        for condition in self.conditions:
            holds = condition.holds(scene)
            if holds is self._decisive:
                return holds
            if holds is None:
                verdict = None
        return verdict

    def _telling(self, scene: Scene) -> list[str]:
        """What those say that have the verdict of the whole."""
        verdict = self.holds(scene)
        return [each.because(scene) for each in self.conditions if each.holds(scene) is verdict]


@dataclass(frozen=True, slots=True)
class AllOf(_Several):
    """Each of them; true where there is none."""

    _decisive = False

    @override
    def because(self, scene: Scene) -> str:
        return "; ".join(self._telling(scene)) or "no condition"


@dataclass(frozen=True, slots=True)
class AnyOf(_Several):
    """At least one of them."""

    _decisive = True

    @override
    def because(self, scene: Scene) -> str:
        return "any of (" + " / ".join(self._telling(scene)) + ")"


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
