"""What a metric is, in the terms of the Prometheus data model."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The type of a metric; the value begins the name of the file that holds it."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Merge(StrEnum):
    """How the gauges of several live workers become one."""

    SUM = "livesum"
    MAX = "livemax"
    MIN = "livemin"


@dataclass(frozen=True, slots=True)
class Definition:
    """Name (without `_total`), help text and label names of a metric; bounds for histograms, merging for gauges."""

    kind: Kind
    name: str
    help: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()
    """Upper bounds of the buckets, ascending, without infinity."""
    merge: Merge = Merge.SUM

    @property
    def sample(self) -> str:
        """The name that queries use; histograms add `_bucket`, `_sum` and `_count` to it."""
        return f"{self.name}_total" if self.kind is Kind.COUNTER else self.name

    @property
    def file(self) -> str:
        """The first part of the name of the file that holds it."""
        return f"gauge_{self.merge}" if self.kind is Kind.GAUGE else str(self.kind)
