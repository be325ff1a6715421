"""Finding the mailboxes in a folder: mbox files with Thunderbird's `NAME.sbd` folders, Maildir++ and other trees of
Maildirs, folders of .eml files, and exports of this gateway. Links are never followed."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway.mailbox.transfer import manifest, subscriptions
from gateway.mailbox.transfer.eml import SUFFIX, EmlSource
from gateway.mailbox.transfer.folder_names import joined, level, maildir_levels, stem
from gateway.mailbox.transfer.kinds import Kind, kind_of_file
from gateway.mailbox.transfer.maildir import MaildirSource
from gateway.mailbox.transfer.mbox import MboxSource
from gateway.mailbox.transfer.model import Skipped, Source, Unreadable, Wish
from gateway.mailbox.transfer.newlines import Quoting
from gateway.store.names import INBOX

_DEEPEST: Final = 40
_COMPANIONS: Final = (
    ".msf", ".dat", ".json", ".jsonl", ".html", ".log", ".lock", ".db", ".sqlite", ".cmeta", ".ev-summary", ".index",
)  # fmt: skip
_MBOX_IN: Final = "mbox"

Found = Source | Skipped


class Tree:
    """A folder that somebody named."""

    def __init__(self, root: Path, key: str, quoting: Quoting | None = None) -> None:
        self.root = root
        self._key = key
        self._quoting = quoting

    def sources(self) -> Iterator[Found]:
        """All that is in it, by name. Raises Unreadable, OSError."""
        listed = manifest.find(self.root)
        if listed is not None:
            yield from (self._listed(each) for each in listed)
            return
        subscribed = subscriptions.read(self.root)
        yield from self._folder(self.root, "", subscribed, 0)

    def _listed(self, each: manifest.Listed) -> Found:
        path = self.root / each.path
        for part in (path, *path.parents):
            if part == self.root:
                break
            if part.is_symlink():
                return Skipped(str(path), None, "a link")
        if path.is_file():
            return MboxSource(path, each.name, self._keyed(path), each.wish, self._quoting)
        if (path / "cur").is_dir():
            return MaildirSource(path, each.name, self._keyed(path), each.wish)
        return EmlSource(path, each.name, self._keyed(path), each.wish)

    def _keyed(self, path: Path) -> str:
        return joined_key(self._key, path.relative_to(self.root))

    def _folder(self, folder: Path, name: str, subscribed: frozenset[str], depth: int) -> Iterator[Found]:
        if depth > _DEEPEST:
            yield Skipped(str(folder), None, "too deep a folder")
            return
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
        maildir = any(entry.name == "cur" and entry.is_dir(follow_symlinks=False) for entry in entries)
        if maildir:
            wish = Wish(None, (name or INBOX) in subscribed)
            yield MaildirSource(folder, name or INBOX, self._keyed(folder), wish)
        elif any(entry.name.lower().endswith(SUFFIX) and entry.is_file(follow_symlinks=False) for entry in entries):
            yield EmlSource(folder, name or INBOX, self._keyed(folder))
        for entry in entries:
            yield from self._entry(entry, name, (subscribed, depth), maildir=maildir)

    def _entry(
        self,
        entry: os.DirEntry[str],
        above: str,
        inherited: tuple[frozenset[str], int],
        *,
        maildir: bool,
    ) -> Iterator[Found]:
        path = Path(entry.path)
        if entry.is_symlink():
            yield Skipped(entry.path, None, "a link")
        elif entry.is_dir(follow_symlinks=False):
            if not (maildir and entry.name in ("cur", "new", "tmp")):
                yield from self._folder(path, joined(above, _named(entry.name)), inherited[0], inherited[1] + 1)
        elif not maildir and entry.is_file(follow_symlinks=False):
            yield from self._file(path, above)

    def _file(self, path: Path, above: str) -> Iterator[Found]:
        lower = path.name.lower()
        if lower.endswith((SUFFIX, *_COMPANIONS)) or path.name.startswith("."):
            return
        kind = kind_of_file(path)
        if kind is Kind.MBOX or (kind is Kind.EMPTY and "." not in path.name):
            inside = path.name == _MBOX_IN and path.parent.suffix == ".mbox" and above
            name = above if inside else joined(above, level(stem(path.name)))
            yield MboxSource(path, name, self._keyed(path), quoting=self._quoting)
        else:
            yield Skipped(str(path), None, "is nothing that is known here" if kind is not Kind.EMPTY else "is empty")


def _named(folder: str) -> str:
    """What a folder adds to the names below it."""
    if folder.startswith("."):
        return maildir_levels(folder.removesuffix(".directory"))
    return level(stem(folder))


def joined_key(key: str, path: Path) -> str:
    """What names a file below something that has a key. Octets that are no UTF-8 are kept apart."""
    return f"{key}//{os.fsencode(path).decode('utf-8', 'backslashreplace')}"


def file_source(path: Path, key: str, quoting: Quoting | None) -> Source:
    """A single file that somebody named. Raises Unreadable, OSError."""
    kind = kind_of_file(path, named=True)
    if kind is Kind.MBOX or (kind is Kind.EMPTY and not path.name.lower().endswith(SUFFIX)):
        return MboxSource(path, level(stem(path.name)), key, quoting=quoting, named=True)
    if kind is Kind.EML:
        return EmlSource(path.parent, INBOX, key, only=path.name)
    raise Unreadable(f"{path}: is neither a message nor an mbox")
