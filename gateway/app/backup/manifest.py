"""What a backup consists of: a line of JSON about the whole, then one for each file.

::

    {"format": 1, "made": 1800000000.0, "data": "/var/lib/gateway"}
    {"path": "data/control.db", "size": 4096, "sha256": "…", "source": [INODE, SIZE, MTIME_NS, …]}
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import orjson

from gateway.mail.units import Timestamp
from gateway.storage.files import replace

NAME: Final = "manifest.jsonl"
FORMAT: Final = 1


class BadManifest(ValueError):
    """There is no backup here, or none that can be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Record:
    """One file of a backup."""

    path: str
    """From the backup's folder, with `/`."""
    size: int
    sha256: str
    source: tuple[int, ...] = ()
    """By which it is known whether what was copied has changed since."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Of one backup."""

    made: Timestamp
    data: str
    """The folder that was saved."""
    files: Mapping[str, Record]


def write(folder: Path, made: Timestamp, data: Path, files: Iterable[Record]) -> None:
    """Durably. Raises OSError."""
    head = {"format": FORMAT, "made": made, "data": str(data)}
    replace(folder / NAME, b"".join(orjson.dumps(line) + b"\n" for line in (head, *files)))


def read(folder: Path) -> Manifest:
    """Raises BadManifest."""
    try:
        lines = (folder / NAME).read_bytes().splitlines()
        head: object = orjson.loads(lines[0]) if lines else None
        files = {record.path: record for record in map(_record, lines[1:])}
    except (OSError, ValueError) as error:
        raise BadManifest(f"{folder / NAME} cannot be read: {error}") from error
    match head:
        case {"format": int(number), "made": float(made) | int(made), "data": str(data)}:
            if number > FORMAT:
                raise BadManifest(f"{folder / NAME}: made by a newer version of the program: use that one")
            return Manifest(Timestamp(made), data, files)
        case _:
            raise BadManifest(f"{folder / NAME} is no list of a backup's files")


def found(folder: Path) -> Manifest | None:
    """None where there is none. Raises BadManifest."""
    return read(folder) if (folder / NAME).exists() else None


def _record(line: bytes) -> Record:
    """Raises ValueError."""
    value: object = orjson.loads(line)
    match value:
        case {"path": str(path), "size": int(size), "sha256": str(digest), "source": list(source)}:
            return Record(_inside(path), size, digest, tuple(int(number) for number in source))
        case _:
            raise BadManifest("a line is about no file")


def _inside(path: str) -> str:
    """A name that leads out of the backup is none."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts:
        raise BadManifest(f"{path} is no file of a backup")
    return path


def below(files: Mapping[str, Record], prefix: str) -> Iterator[Record]:
    """The files of a folder, `prefix` with its last `/`."""
    return (record for path, record in files.items() if path.startswith(prefix))
