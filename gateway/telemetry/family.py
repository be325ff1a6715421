"""All cells of one metric, one for each set of label values."""

from collections.abc import Callable
from typing import Generic, TypeVar

from gateway.telemetry.cell import Counter, Gauge, Histogram
from gateway.telemetry.definition import Definition, Merge

MOST_CELLS = 200
"""Label sets of a counter or gauge; more become `other`, so that no peer can fill our memory with labels."""

MOST_HISTOGRAMS = 50

C = TypeVar("C", Counter, Gauge, Histogram)


class Family(Generic[C]):
    """`family.at("mx").add()`: 0.2 µs. What `at` returned may be kept."""

    __slots__ = ("_cells", "_make", "_most", "definition")

    def __init__(self, definition: Definition, make: Callable[[], C]) -> None:
        self.definition = definition
        self._make: Callable[[], C] = make
        self._cells: dict[tuple[str, ...], C] = {}
        self._most = MOST_HISTOGRAMS if definition.bounds else MOST_CELLS
        if not definition.labels and definition.merge is Merge.SUM:
            self.at()  # shown as 0 from the start; a process that never sets a minimum must not take part in it

    def at(self, *labels: str) -> C:
        """The cell for these label values, in the order of the definition's label names."""
        cell = self._cells.get(labels)
        return cell if cell is not None else self._new(labels)

    def _new(self, labels: tuple[str, ...]) -> C:
        if len(labels) != len(self.definition.labels):
            raise ValueError(f"{self.definition.name} has the labels {self.definition.labels}, not {labels}")
        if len(self._cells) >= self._most:
            labels = ("other",) * len(labels)
            known = self._cells.get(labels)
            if known is not None:
                return known
        cell: C = self._make()
        self._cells[labels] = cell
        return cell

    def cells(self) -> tuple[tuple[tuple[str, ...], C], ...]:
        """Label values and cells, in the order in which they came up."""
        return tuple(self._cells.items())
