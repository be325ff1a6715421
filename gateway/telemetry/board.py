"""All metrics of one process: kept in memory, written to `DIRECTORY/KIND_WORKER.db` once a second and at the end.

A worker that is started again goes on from the counters of the one before, since they have the same name.
"""

from pathlib import Path

from gateway.telemetry.cell import Counter, Gauge, Histogram
from gateway.telemetry.definition import Definition, Kind, Merge
from gateway.telemetry.family import Family
from gateway.telemetry.shelf import Shelf, key_of

AnyFamily = Family[Counter] | Family[Gauge] | Family[Histogram]


class Board:
    """Makes metrics and writes them out. `worker` is a short name without `_`: `0`, `1`, `supervisor`."""

    def __init__(self, directory: Path, worker: str) -> None:
        self._directory = directory
        self._worker = worker
        self._families: list[AnyFamily] = []
        self._shelves: dict[str, Shelf] = {}
        self._before: dict[str, dict[str, float]] = {}
        self._places: dict[tuple[str, tuple[str, ...]], tuple[tuple[int, float], ...]] = {}

    @property
    def families(self) -> tuple[AnyFamily, ...]:
        """Every metric of the board, with its cells."""
        return tuple(self._families)

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """Every metric of the board."""
        return tuple(family.definition for family in self._families)

    def counter(self, name: str, description: str, *labels: str) -> Family[Counter]:
        """A counter; `name` is given without `gateway_` and `_total`."""
        family = Family(Definition(Kind.COUNTER, f"gateway_{name}", description, labels), Counter)
        self._families.append(family)
        return family

    def gauge(self, name: str, description: str, *labels: str, merge: Merge = Merge.SUM) -> Family[Gauge]:
        """A gauge."""
        family = Family(Definition(Kind.GAUGE, f"gateway_{name}", description, labels, merge=merge), Gauge)
        self._families.append(family)
        return family

    def histogram(self, name: str, description: str, *labels: str, bounds: tuple[float, ...]) -> Family[Histogram]:
        """A histogram."""
        definition = Definition(Kind.HISTOGRAM, f"gateway_{name}", description, labels, bounds)
        family = Family(definition, lambda: Histogram(bounds))
        self._families.append(family)
        return family

    def flush(self) -> None:
        """Write everything out. Raises OSError (disk full): nothing is lost, the next flush tries again."""
        for family in self._families:
            for labels, cell in family.cells():
                self._put(family.definition, labels, cell)
        self._directory.mkdir(parents=True, exist_ok=True)
        for shelf in self._shelves.values():
            shelf.write()

    def _put(self, definition: Definition, labels: tuple[str, ...], cell: Counter | Gauge | Histogram) -> None:
        places = self._places.get((definition.name, labels))
        if places is None:
            places = self._new_places(definition, labels)
            self._places[definition.name, labels] = places
        put = self._shelves[definition.file].put
        for (place, before), number in zip(places, cell.numbers(), strict=True):
            put(place, before + number)

    def _new_places(self, definition: Definition, labels: tuple[str, ...]) -> tuple[tuple[int, float], ...]:
        shelf = self._shelf(definition)
        before = self._before[definition.file]
        keys = _keys(definition, labels)
        return tuple((shelf.place(key), before.get(key, 0.0)) for key in keys)

    def _shelf(self, definition: Definition) -> Shelf:
        shelf = self._shelves.get(definition.file)
        if shelf is None:
            shelf = Shelf(self._directory / f"{definition.file}_{self._worker}.db")
            self._shelves[definition.file] = shelf
            self._before[definition.file] = {} if definition.kind is Kind.GAUGE else shelf.load()
        return shelf


def _keys(definition: Definition, labels: tuple[str, ...]) -> tuple[str, ...]:
    named = dict(zip(definition.labels, labels, strict=True))
    if definition.kind is not Kind.HISTOGRAM:
        return (key_of(definition.name, definition.sample, named, definition.help),)
    bounds = [*definition.bounds, float("inf")]
    return (
        *(
            key_of(definition.name, f"{definition.name}_bucket", {**named, "le": _bound(bound)}, definition.help)
            for bound in bounds
        ),
        key_of(definition.name, f"{definition.name}_sum", named, definition.help),
    )


def _bound(bound: float) -> str:
    return "+Inf" if bound == float("inf") else repr(bound)
