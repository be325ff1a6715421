"""What becomes of certificates, told to the log and to the metrics."""

from collections.abc import Iterable
from typing import Final, Protocol

from typing_extensions import override

from gateway.certificates.pair import Pair
from gateway.telemetry.logs import Log
from gateway.telemetry.metrics import Certifying

_NEVER: Final = float("inf")


class Observer(Protocol):
    """Whoever is told."""

    def shown(self, pairs: Iterable[Pair]) -> None:
        """These are on the shelf now."""
        ...

    def unusable(self, file: str, why: str) -> None:
        """A file has changed and cannot be used; what it held before is still shown."""
        ...


class Unobserved(Observer):
    """Nobody is."""

    @override
    def shown(self, pairs: Iterable[Pair]) -> None: ...

    @override
    def unusable(self, file: str, why: str) -> None: ...


class Tally(Observer):
    """One per worker."""

    def __init__(self, metrics: Certifying, log: Log) -> None:
        self._metrics = metrics
        self._log = log
        self._names: set[str] = set()
        metrics.unusable.at()

    @override
    def shown(self, pairs: Iterable[Pair]) -> None:
        """A name that is gone has no end any more, so that no alert waits for it."""
        ends: dict[str, float] = {}
        for pair in pairs:
            name = pair.names[0] if pair.names else "?"
            ends[name] = min(pair.not_after, ends.get(name, _NEVER))
        for name in self._names.difference(ends):
            self._metrics.expiry.at(name).set(_NEVER)
        for name, end in ends.items():
            self._metrics.expiry.at(name).set(end)
        self._names.update(ends)

    @override
    def unusable(self, file: str, why: str) -> None:
        self._metrics.unusable.at().add()
        self._log.error("certificate cannot be used, the old one is still shown", file=file, why=why)
