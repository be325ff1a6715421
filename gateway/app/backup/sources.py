"""The configuration's files: the file itself, and those that it names: certificates, keys, secrets."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from typing_extensions import override

from gateway.settings.config import Config
from gateway.settings.load import load_octets
from gateway.settings.secrets import Surroundings

ELSEWHERE: Final = "config/files"
"""Where files are put that do not lie beside the configuration file or below it."""


@dataclass(frozen=True, slots=True)
class _Noting(Surroundings):
    named: list[Path] = field(default_factory=list)

    @override
    def path(self, text: str) -> Path:
        found = Surroundings.path(self, text)
        self.named.append(found)
        return found


def config_files(path: Path, config: Config) -> Sequence[tuple[Path, str]]:
    """With their names in the backup. Raises OSError, BadConfig."""
    noting = _Noting(path.parent, os.environ)
    load_octets(path.read_bytes(), str(path), noting)
    wanted = {one for one in noting.named if one != config.data and one.is_file()}
    return [
        (path, f"config/{path.name}"),
        *((one, _name(one, path.parent.absolute())) for one in sorted(wanted - {path})),
    ]


def _name(path: Path, beside: Path) -> str:
    if path.is_relative_to(beside):
        return f"config/{path.relative_to(beside).as_posix()}"
    return f"{ELSEWHERE}{path.absolute().as_posix()}"
