"""The metrics of all workers as one page in the Prometheus text format."""

import struct
from collections.abc import Callable
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

_COLLECT: Callable[[CollectorRegistry, str], object] = MultiProcessCollector

CONTENT_TYPE = CONTENT_TYPE_LATEST


def page(directory: Path) -> bytes:
    """Read the files of all workers and add them up: takes milliseconds, so call it in a thread.

    Raises OSError or ValueError where the files cannot be read.
    """
    directory.mkdir(parents=True, exist_ok=True)
    registry = CollectorRegistry()
    _COLLECT(registry, str(directory))
    try:
        return generate_latest(registry)
    except struct.error as error:
        raise ValueError(f"a file of numbers is cut short: {error}") from error


def forget_gauges(directory: Path, worker: str) -> None:
    """A worker has died: what it had open is not open any more. Its counters stay."""
    for file in directory.glob(f"gauge_*_{worker}.db"):
        file.unlink(missing_ok=True)
