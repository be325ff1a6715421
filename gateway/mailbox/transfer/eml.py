"""Messages in a file each, `NAME.eml`, as clients save them."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from typing_extensions import override

from gateway.mailbox.transfer.dates import date_in
from gateway.mailbox.transfer.fields import MAX_HEADER, header_end
from gateway.mailbox.transfer.files import Reading
from gateway.mailbox.transfer.model import Letter, Piece, Skipped, Source, Wanted, Wish
from gateway.mailbox.transfer.sidecar import Note, notes_in
from gateway.mailbox.transfer.whole_file import content_of
from gateway.store.flags import Flags

SUFFIX: Final = ".eml"


@dataclass(frozen=True, slots=True)
class EmlSource(Source):
    """The messages in a folder, by name; or (`only`) a single file."""

    path: Path
    name: str
    key: str
    wish: Wish = field(default_factory=Wish)
    only: str | None = None

    @property
    @override
    def sequential(self) -> bool:
        return False

    @override
    def size(self) -> int:
        return sum((self.path / name).lstat().st_size for name in self._names())

    @override
    def fingerprint(self, start: int) -> str:
        return ""

    @override
    def pieces(self, wanted: Wanted) -> Iterator[Piece]:
        notes = notes_in(self.path)
        for name in self._names():
            if wanted.wants(name):
                yield self._letter(name, notes.get(name))

    def _names(self) -> list[str]:
        if self.only is not None:
            return [self.only]
        found = []
        with suppress(FileNotFoundError), os.scandir(self.path) as entries:
            found = [entry.name for entry in entries if entry.name.lower().endswith(SUFFIX)]
        return sorted(found)

    def _letter(self, name: str, note: Note | None) -> Piece:
        path = self.path / name
        try:
            with Reading(path, named=self.only is not None) as reading:
                received = note.received if note else None
                if received is None:
                    head = reading.at(0, MAX_HEADER)
                    received = date_in(head[: header_end(head)])
                if received is None:
                    received = reading.modified
                flags = note.flags if note else Flags()
                return Letter(content_of(reading), received, flags, name, reading.size)
        except OSError as error:
            return Skipped(str(path), None, error.strerror or "cannot be read")
