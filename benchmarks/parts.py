"""Benchmarks of single parts."""

import subprocess
import sys

from benchmarks import inspect_cost, summary_cost


def inspecting() -> list[tuple[str, float, str]]:
    """What it costs to inspect messages: (name, value, unit)."""
    return inspect_cost.run()


def summarising() -> list[tuple[str, float, str]]:
    """What summaries and the text for searches cost, likewise."""
    return summary_cost.run()


def indexing() -> str:
    """What `python -m benchmarks.index_cost` prints for fewer messages."""
    return _printed("benchmarks.index_cost", "--messages", "20000", "--only-all")


def queueing() -> str:
    """What `python -m benchmarks.queue_cost` prints: in a process of its own, for its memory to be its own."""
    return _printed("benchmarks.queue_cost")


def _printed(*command: str) -> str:
    command = (sys.executable, "-m", *command)
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=600).stdout
