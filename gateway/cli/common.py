"""What the commands share: finding the configuration, reading parameters, and printing."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import click
from rich import box
from rich.console import Console
from rich.table import Table
from typing_extensions import override

from gateway.cli.root import Failure
from gateway.settings.config import Config
from gateway.settings.load import load
from gateway.settings.problem import BadConfig

PLACES: Final = (Path("config/gateway.yaml"), Path("/etc/gateway/gateway.yaml"))
"""Where the configuration is looked for when neither `--config` nor `GATEWAY_CONFIG` names it."""

_WIDE: Final = 10_000


class Parsed(click.ParamType[object, object]):
    """A parameter that a parser of ours reads; its ValueError says what is wrong."""

    def __init__(self, name: str, parse: Callable[[str], object]) -> None:
        self.name = name
        self._parse = parse

    @override
    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> object:
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except ValueError as error:
            self.fail(f"{value!r}: {error}", param, ctx)


def config_path(path: Path | None, environ: Mapping[str, str] = os.environ) -> Path:
    """The configuration file: `path`, else `$GATEWAY_CONFIG`, else the first of `PLACES` that exists.

    Raises Failure where there is none.
    """
    if path is not None:
        return path
    if named := environ.get("GATEWAY_CONFIG"):
        return Path(named)
    for place in PLACES:
        if place.is_file():
            return place
    raise Failure(f"gateway: no configuration: give --config FILE, set GATEWAY_CONFIG, or write {PLACES[0]}")


def load_config(path: Path | None) -> Config:
    """The configuration. Raises Failure with a line per problem, as `FILE:LINE:COLUMN: key: what is wrong`."""
    try:
        return load(config_path(path)).config
    except BadConfig as error:
        raise Failure("\n".join(str(problem) for problem in error.problems)) from error


def console() -> Console:
    """Rich on a terminal; plain and never wrapped in a pipe."""
    return Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=_WIDE)


def table(*columns: str) -> Table:
    """A table with a rule under its heading on a terminal; columns apart by two blanks in a pipe."""
    if sys.stdout.isatty():
        return Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    return Table(*columns, box=None, pad_edge=False, padding=(0, 2, 0, 0))
