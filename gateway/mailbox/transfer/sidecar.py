"""`gateway-messages.jsonl` beside exported files: dates and flags that a file of its own cannot hold, a line for each.

{"file": "00000001.eml", "received": 1795334400, "flags": ["\\\\Seen", "$Forwarded"]}
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.mail.units import Timestamp
from gateway.mailbox.transfer.files import open_regular
from gateway.mailbox.transfer.keywords import sifted
from gateway.store.flags import Flags, System

NAME: Final = "gateway-messages.jsonl"
_SYSTEM: Final = {f"\\{flag.name.capitalize()}": flag for flag in System if flag.name}
_FOLDED: Final = {name.lower(): flag for name, flag in _SYSTEM.items()}
_MAX_LINE: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Note:
    """What is said of one file."""

    file: str
    received: Timestamp | None
    flags: Flags


def written(note: Note) -> str:
    """Its line."""
    system = [name for name, flag in _SYSTEM.items() if flag & note.flags.system]
    fields: dict[str, str | float | list[str]] = {"file": note.file, "flags": [*system, *sorted(note.flags.keywords)]}
    if note.received is not None:
        fields["received"] = note.received
    return json.dumps(fields) + "\n"


def read_line(line: str) -> Note | None:
    """What a line says; None where it says nothing."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("file"), str):
        return None
    flags = found.get("flags")
    words = [word for word in flags if isinstance(word, str)] if isinstance(flags, list) else []
    system = System(0)
    for word in words:
        system |= _FOLDED.get(word.lower(), System(0))
    keywords, _ = sifted(word for word in words if not word.startswith("\\"))
    return Note(found["file"], _received(found.get("received")), Flags(system, keywords))


def _received(value: object) -> Timestamp | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return Timestamp(float(value)) if abs(value) < 1e12 else None


def notes_in(folder: Path) -> Mapping[str, Note]:
    """All of a folder, by file; none where there is no such file."""
    try:
        descriptor = open_regular(folder / NAME)
    except OSError:
        return {}
    notes = {}
    with os.fdopen(descriptor, encoding="utf-8", errors="replace") as file:
        while line := file.readline(_MAX_LINE):
            if note := read_line(line):
                notes[note.file] = note
    return notes
