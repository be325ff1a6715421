"""`gateway-mailboxes.json` at the top of an export: which mailbox is where, under its exact name and with its use.

Whatever else reads the export can do without it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from gateway.mailbox.transfer.files import Reading
from gateway.mailbox.transfer.model import Unreadable, Wish
from gateway.store.model import SpecialUse

NAME: Final = "gateway-mailboxes.json"
_VERSION: Final = 1
_LIMIT: Final = 16 * 1024 * 1024
_USES: Final = {use.value: use for use in SpecialUse}


@dataclass(frozen=True, slots=True)
class Listed:
    """One mailbox."""

    name: str
    path: str
    """From where the manifest lies."""
    wish: Wish


def written(mailboxes: Sequence[Listed]) -> bytes:
    """The file."""
    rows = [
        {
            "name": each.name,
            "path": each.path,
            "special_use": each.wish.special_use and each.wish.special_use.value,
            "subscribed": each.wish.subscribed,
        }
        for each in mailboxes
    ]
    return json.dumps({"version": _VERSION, "mailboxes": rows}, ensure_ascii=False, indent=1).encode()


def read(data: bytes) -> list[Listed]:
    """What it says. Raises ValueError: it is none, or of a newer version."""
    try:
        found = json.loads(data)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(found, dict) or found.get("version") != _VERSION or not isinstance(found.get("mailboxes"), list):
        raise ValueError(f"it is not of version {_VERSION}")
    return [_listed(row) for row in found["mailboxes"]]


def _listed(row: object) -> Listed:
    if not isinstance(row, dict) or not isinstance(row.get("name"), str) or not isinstance(row.get("path"), str):
        raise ValueError("a mailbox without name and path")  # noqa: TRY004 (of the file's type, not the caller's)
    path = PurePosixPath(row["path"])
    if path.is_absolute() or ".." in path.parts or "\0" in row["path"]:
        raise ValueError(f"{row['path']!r} leads out of the folder")
    use = row.get("special_use")
    wish = Wish(_USES.get(use) if isinstance(use, str) else None, row.get("subscribed") is True)
    return Listed(row["name"], str(path), wish)


def find(folder: Path) -> list[Listed] | None:
    """The manifest of a folder; None where there is none. Raises Unreadable."""
    try:
        with Reading(folder / NAME) as reading:
            return read(reading.at(0, _LIMIT))
    except FileNotFoundError:
        return None
    except (ValueError, OSError) as error:
        raise Unreadable(f"{folder / NAME}: {error}") from error
