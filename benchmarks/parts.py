"""Benchmarks of single parts, each a module with `run() -> list of (name, value, unit)`."""

import importlib

MODULES = ("benchmarks.inspect_cost", "benchmarks.queue_cost")


def costs() -> list[tuple[str, float, str]]:
    """What the parts cost."""
    return [row for name in MODULES for row in importlib.import_module(name).run()]
