"""mbox files out: mboxrd with the fields that mutt, Dovecot and Thunderbird know. A message whose last line has no end
is not quoted, but measured (Content-Length)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from typing_extensions import override

from gateway.mailbox.transfer import manifest
from gateway.mailbox.transfer.fields import MAX_HEADER, header_end, named_in, written
from gateway.mailbox.transfer.file_names import FileNames
from gateway.mailbox.transfer.from_line import separator
from gateway.mailbox.transfer.model import Wish
from gateway.mailbox.transfer.newlines import quote
from gateway.mailbox.transfer.outgoing import Outgoing, Text, Writer, text_of
from gateway.store.model import Mailbox

_RETURN_PATH: Final = re.compile(rb"\AReturn-Path:[ \t]*<([^<>\s]+)>", re.IGNORECASE)
_BUFFER: Final = 1024 * 1024


def entry(message: Outgoing, base: str = "") -> Iterator[bytes]:
    """One message of an mbox. `base`: what the first one says of the mailbox (X-IMAPbase)."""
    text = text_of(message.octets)
    head = _head(text)
    end = header_end(head)
    measured = not text.ended and end < len(head)
    blank = 2 if head.startswith(b"\r\n", end) else 1
    length = text.length - end - blank if measured else None
    path = _RETURN_PATH.match(head)
    yield separator(path[1] if path else b"", message.received) + b"\n"
    lines = written(message.flags, named_in(head[:end]), length)
    if base:
        # Dovecot wants it before the keywords.
        lines = [f"X-IMAPbase: {base}".encode()] + [line for line in lines if not line.startswith(b"X-IMAPbase:")]
    yield b"".join(line + text.newline for line in lines)
    for piece in text.pieces():
        yield piece if measured else quote(piece)
    yield b"\n" if text.ended or not text.length else b"\n\n"


def _head(text: Text) -> bytes:
    head = b""
    for piece in text.pieces():
        head += piece
        if len(head) >= MAX_HEADER:
            break
    return head[:MAX_HEADER]


@dataclass(slots=True)
class MboxFile(Writer):
    """One mailbox, or several one after the other, in one file."""

    path: Path
    _file: IO[bytes] | None = None
    _base: str = ""

    @override
    def begin(self, mailbox: Mailbox, keywords: Sequence[str]) -> None:
        self._base = f"{mailbox.uidvalidity} {mailbox.uidnext - 1:010d} {' '.join(keywords)}" if keywords else ""
        if self._file is None:
            self._file = self.path.open("xb", buffering=_BUFFER)

    @override
    def add(self, message: Outgoing) -> None:
        if self._file is not None:
            self._file.writelines(entry(message, self._base))
            self._base = ""

    @override
    def finish(self) -> None:
        if self._file is not None:
            self._file.close()


@dataclass(slots=True)
class MboxTree(Writer):
    """A file for each mailbox; what lies below `Work` is in `Work.sbd`, as Thunderbird has it."""

    path: Path
    _names: FileNames = field(default_factory=lambda: FileNames(below=".sbd"))
    _listed: list[manifest.Listed] = field(default_factory=list)
    _current: MboxFile | None = None

    @override
    def begin(self, mailbox: Mailbox, keywords: Sequence[str]) -> None:
        self._close()
        name = self._names.path(mailbox.name)
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        self._current = MboxFile(file)
        self._current.begin(mailbox, keywords)
        self._listed.append(manifest.Listed(mailbox.name, name, Wish(mailbox.special_use, mailbox.subscribed)))

    @override
    def add(self, message: Outgoing) -> None:
        if self._current is not None:
            self._current.add(message)

    @override
    def finish(self) -> None:
        self._close()
        (self.path / manifest.NAME).write_bytes(manifest.written(self._listed))

    def _close(self) -> None:
        if self._current is not None:
            self._current.finish()
