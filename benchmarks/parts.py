"""Benchmarks of single parts."""

import subprocess
import sys

from benchmarks import inspect_cost


def inspecting() -> list[tuple[str, float, str]]:
    """What it costs to inspect messages: (name, value, unit)."""
    return inspect_cost.run()


def queueing() -> str:
    """What `python -m benchmarks.queue_cost` prints: in a process of its own, for its memory to be its own."""
    command = [sys.executable, "-m", "benchmarks.queue_cost"]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=600).stdout
