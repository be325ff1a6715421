"""Maildir++ out, as Dovecot reads it: INBOX at the top, `.Work.Plans` below, dates as the files' times."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from typing_extensions import override

from gateway.mailbox.transfer import manifest, sidecar, subscriptions
from gateway.mailbox.transfer.folder_names import maildir_folder
from gateway.mailbox.transfer.maildir import KEYWORDS
from gateway.mailbox.transfer.maildir_name import MAX_LETTERED, write_keywords, written_flags
from gateway.mailbox.transfer.model import Wish
from gateway.mailbox.transfer.outgoing import Outgoing, Writer, text_of
from gateway.store.flags import Flags, System
from gateway.store.model import Mailbox
from gateway.store.names import INBOX

_LONGEST: Final = 240
_LATEST: Final = 2**31 - 1
"""Seconds that any file system can hold."""


@dataclass(slots=True)
class MaildirTree(Writer):
    """The files of one export."""

    path: Path
    _listed: list[manifest.Listed] = field(default_factory=list)
    _folder: Path = field(init=False)
    _letters: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._folder = self.path

    @override
    def begin(self, mailbox: Mailbox, keywords: Sequence[str]) -> None:
        self._make(self.path)
        name = "." if mailbox.name == INBOX else self._named(mailbox.name)
        self._folder = self.path / name
        self._make(self._folder)
        self._letters = {word: chr(ord("a") + at) for at, word in enumerate(keywords[:MAX_LETTERED])}
        if self._letters:
            (self._folder / KEYWORDS).write_text(write_keywords(self._letters), encoding="utf-8")
        if name != ".":
            (self._folder / "maildirfolder").touch()
        self._listed.append(manifest.Listed(mailbox.name, name, Wish(mailbox.special_use, mailbox.subscribed)))

    @staticmethod
    def _make(folder: Path) -> None:
        for part in ("cur", "new", "tmp"):
            (folder / part).mkdir(parents=True, exist_ok=True)

    @staticmethod
    def _named(name: str) -> str:
        folder = maildir_folder(name)
        if len(folder) <= _LONGEST:
            return folder
        return f"{folder[:200]}~{sha256(folder.encode()).hexdigest()[:16]}"

    @override
    def add(self, message: Outgoing) -> None:
        text = text_of(message.octets)
        received = int(message.received)
        unique = f"{max(received, 0)}.M{message.uid:010d}.gateway,S={text.length},W={len(message.octets)}"
        file = self._folder / "cur" / f"{unique}{written_flags(message.flags, self._letters)}"
        with file.open("xb") as out:
            out.writelines(text.pieces())
        moment = min(max(received, -_LATEST), _LATEST)
        os.utime(file, (moment, moment))
        beyond = message.flags.keywords - self._letters.keys()
        held = abs(received) < _LATEST
        if beyond or not held:
            note = sidecar.Note(unique, None if held else message.received, Flags(System(0), frozenset(beyond)))
            with (self._folder / sidecar.NAME).open("a", encoding="utf-8") as notes:
                notes.write(sidecar.written(note))

    @override
    def finish(self) -> None:
        subscribed = [each.name for each in self._listed if each.wish.subscribed]
        (self.path / subscriptions.NAME).write_bytes(subscriptions.written(subscribed))
        (self.path / manifest.NAME).write_bytes(manifest.written(self._listed))
