"""What a person names on the command line: files, folders and archives, in all the forms that are known here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

from gateway.mailbox.transfer.eml import EmlSource
from gateway.mailbox.transfer.folder_names import level, stem
from gateway.mailbox.transfer.kinds import Kind, kind_of_file
from gateway.mailbox.transfer.maildir import MaildirSource
from gateway.mailbox.transfer.mbox import MboxSource
from gateway.mailbox.transfer.model import Skipped, Source, Unreadable
from gateway.mailbox.transfer.newlines import Quoting
from gateway.mailbox.transfer.tree import Tree, file_source
from gateway.mailbox.transfer.unpack import Unpacking
from gateway.store.names import INBOX

_ARCHIVES = {Kind.ZIP: "zip", Kind.TAR: "tar"}


@dataclass(slots=True)
class Named:
    """Makes sources of paths. `unpacked`: a folder of our own for what is in archives."""

    unpacked: Path
    kind: Kind | None = None
    """None: found out."""
    quoting: Quoting | None = None
    skipped: list[Skipped] = field(default_factory=list)

    def sources(self, paths: Sequence[Path]) -> list[Source]:
        """All mailboxes in them. Raises Unreadable, OSError."""
        found: list[Source] = []
        for path in paths:
            found += self._path(path)
        return found

    def _path(self, path: Path) -> list[Source]:
        whole = path.resolve(strict=True)
        if whole.is_dir():
            return self._tree(whole, str(whole))
        if self.kind is Kind.MBOX:
            return [MboxSource(path, level(stem(path.name)), str(whole), quoting=self.quoting, named=True)]
        if self.kind is Kind.EML:
            return [EmlSource(path.parent, INBOX, str(whole), only=path.name)]
        kind = kind_of_file(path, named=True)
        if kind in _ARCHIVES:
            return self._archive(path, kind)
        return [file_source(path, str(whole), self.quoting)]

    def _archive(self, path: Path, kind: Kind) -> list[Source]:
        whole = str(path.resolve())
        into = self.unpacked / sha256(whole.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        rmtree(into, ignore_errors=True)
        into.mkdir(mode=0o700, parents=True)
        self.skipped += Unpacking(path, into).run(_ARCHIVES[kind])
        return self._tree(into, whole)

    def _tree(self, folder: Path, key: str) -> list[Source]:
        sources: list[Source] = []
        for each in Tree(folder, key, self.quoting).sources():
            if isinstance(each, Skipped):
                self.skipped.append(each)
            elif self._fits(each):
                sources.append(each)
        if not sources:
            raise Unreadable(f"{key}: no mail is in it, in any form that is known here")
        return sources

    def _fits(self, source: Source) -> bool:
        kinds = {MboxSource: Kind.MBOX, MaildirSource: Kind.MAILDIR, EmlSource: Kind.EML}
        return self.kind is None or kinds.get(type(source)) is self.kind
