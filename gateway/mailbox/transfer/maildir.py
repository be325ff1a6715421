"""A Maildir: a file for each message in `cur` and `new`, as Dovecot, Courier, mutt and Thunderbird write them."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from typing_extensions import override

from gateway.mailbox.transfer.files import Reading
from gateway.mailbox.transfer.keywords import sifted
from gateway.mailbox.transfer.maildir_name import read_keywords, read_name
from gateway.mailbox.transfer.model import Letter, Piece, Skipped, Source, Wanted, Wish
from gateway.mailbox.transfer.sidecar import notes_in
from gateway.mailbox.transfer.whole_file import content_of
from gateway.store.flags import Flags

KEYWORDS: Final = "dovecot-keywords"
_PARTS: Final = ("cur", "new")
_LIMIT: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class MaildirSource(Source):
    """One folder with `cur` and `new`. In the order of the names: the oldest first."""

    path: Path
    name: str
    key: str
    wish: Wish = field(default_factory=Wish)

    @property
    @override
    def sequential(self) -> bool:
        return False

    @override
    def size(self) -> int:
        return sum(entry.stat(follow_symlinks=False).st_size for part in _PARTS for entry in self._entries(part))

    @override
    def fingerprint(self, start: int) -> str:
        return ""

    @override
    def pieces(self, wanted: Wanted) -> Iterator[Piece]:
        keywords, notes = self._keywords(), notes_in(self.path)
        found = [(entry.name, part) for part in _PARTS for entry in self._entries(part)]
        for name, part in sorted(found):
            read = read_name(name, keywords)
            if wanted.wants(read.unique):
                note = notes.get(read.unique)
                extra = note.flags.keywords if note else frozenset()
                flags = Flags(read.flags.system, sifted([*sorted(read.flags.keywords), *sorted(extra)])[0])
                letter = _letter(self.path / part / name, read.unique, flags, read.refused)
                if note and note.received is not None and isinstance(letter, Letter):
                    letter = replace(letter, received=note.received)
                yield letter

    def _entries(self, part: str) -> Iterator[os.DirEntry[str]]:
        folder = self.path / part
        if folder.is_symlink():
            return
        with suppress(FileNotFoundError), os.scandir(folder) as entries:
            yield from (entry for entry in entries if not entry.name.startswith("."))

    def _keywords(self) -> Mapping[str, str]:
        try:
            with Reading(self.path / KEYWORDS) as reading:
                return read_keywords(reading.at(0, _LIMIT).decode("utf-8", "replace"))
        except OSError:
            return {}


def _letter(path: Path, mark: str, flags: Flags, refused: int) -> Piece:
    try:
        with Reading(path) as reading:
            content = content_of(reading)
            return Letter(content, reading.modified, flags, mark, reading.size, refused)
    except OSError as error:
        return Skipped(str(path), None, error.strerror or "cannot be read")
