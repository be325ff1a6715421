"""From a file to a `Config`, or to all that is wrong with it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.settings.check import check
from gateway.settings.config import Config
from gateway.settings.document import MAX_OCTETS, BadYaml, compose
from gateway.settings.problem import BadConfig, Place, Problem
from gateway.settings.reader import Reader
from gateway.settings.secrets import Surroundings

_START = Place(1, 1)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration that can be used, and what about it deserves a second look."""

    config: Config
    warnings: tuple[Problem, ...]


def load(path: Path, environ: Mapping[str, str] = os.environ) -> Loaded:
    """Read a configuration file. Raises BadConfig, also where the file itself cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_OCTETS + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise BadConfig([Problem(str(path), _START, "", f"cannot be read: {why}")]) from error
    return load_octets(data, str(path), Surroundings(path.parent, environ))


def load_octets(data: bytes, name: str, surroundings: Surroundings) -> Loaded:
    """Read a configuration. Raises BadConfig and nothing else."""
    try:
        document = compose(data)
    except BadYaml as error:
        raise BadConfig([Problem(name, error.place, "", str(error))]) from error
    reader = Reader(name, surroundings, document.size)
    config = reader.read(document.root, Config, ())
    if reader.problems or not isinstance(config, Config):
        raise BadConfig(reader.problems)
    findings = check(config, reader)
    if findings.errors:
        raise BadConfig(findings.errors)
    config = replace(config, data=surroundings.path(str(config.data)))
    return Loaded(config, (*reader.warnings, *findings.warnings))
