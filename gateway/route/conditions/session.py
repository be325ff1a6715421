"""Conditions on how and when a mail came in."""

from dataclasses import dataclass

from typing_extensions import override

from gateway.mail.ip import Network, in_networks
from gateway.route.conditions.condition import UNKNOWN_YET, Condition, yes_or_no
from gateway.route.facts import Scene
from gateway.route.when import TimeRange


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
        seen = UNKNOWN_YET if origin is None else origin.ip or "none"
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
        return f"listener {origin.listener if origin else UNKNOWN_YET}, wanted {', '.join(self.names)}"


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
        seen = UNKNOWN_YET if origin is None else yes_or_no(truth=origin.authenticated is not None)
        return f"authenticated {seen}, wanted {yes_or_no(truth=self.wanted)}"


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
        seen = UNKNOWN_YET if minute is None else f"{minute // 60:02}:{minute % 60:02}"
        start, stop = self.range.between
        return f"time {seen}, wanted {start} to {stop}"
