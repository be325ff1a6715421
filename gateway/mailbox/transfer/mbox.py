"""mbox files, as mutt, Dovecot, Thunderbird, Postfix and others write them (RFC 4155)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from typing_extensions import override

from gateway.mailbox.transfer.dates import date_in
from gateway.mailbox.transfer.files import Reading, windows
from gateway.mailbox.transfer.from_line import date_of
from gateway.mailbox.transfer.mbox_scan import Extent, Scanner
from gateway.mailbox.transfer.model import IN_MEMORY, Large, Letter, Piece, Skipped, Source, Unreadable, Wanted, Wish
from gateway.mailbox.transfer.newlines import Quoting, aligned, to_crlf, unquote

_PRINT: Final = 512


@dataclass(frozen=True, slots=True)
class MboxSource(Source):
    """One file. `quoting` None: reversible, but not where Content-Length says where a message ends."""

    path: Path
    name: str
    key: str
    wish: Wish = field(default_factory=Wish)
    quoting: Quoting | None = None
    named: bool = False

    @property
    @override
    def sequential(self) -> bool:
        return True

    @override
    def size(self) -> int:
        return self.path.stat().st_size

    @override
    def fingerprint(self, start: int) -> str:
        with Reading(self.path, self.named) as reading:
            before = reading.at(max(start - _PRINT, 0), start)
        return sha256(before).hexdigest()[:16] if len(before) == min(start, _PRINT) else "shorter"

    @override
    def pieces(self, wanted: Wanted) -> Iterator[Piece]:
        with Reading(self.path, self.named) as reading:
            scanner = Scanner(reading)
            at = scanner.first(wanted.start)
            if at < 0:
                raise Unreadable(f"{self.path}: offset {wanted.start}: no mbox: a line with `From ` should be here")
            stop = reading.size if wanted.stop is None else min(wanted.stop, reading.size)
            while at < stop:
                extent = scanner.extent(at)
                yield self._piece(scanner, extent, at)
                at = extent.next

    def _piece(self, scanner: Scanner, extent: Extent, at: int) -> Piece:
        if extent.known.internal:
            return Skipped(str(self.path), at, "no message, but data that a mail program keeps here")
        if extent.known.expunged:
            return Skipped(str(self.path), at, "deleted in Thunderbird")
        flags, refused = extent.known.flags()
        received = date_of(extent.line)
        if received is None:
            received = date_in(extent.header)
        if received is None:
            received = scanner.reading.modified
        content = self._content(scanner, extent)
        return Letter(content, received, flags, str(extent.next), extent.next - at, refused)

    def _content(self, scanner: Scanner, extent: Extent) -> "bytes | Large":
        quoting = self.quoting or (Quoting.NONE if extent.measured else Quoting.REVERSIBLE)
        if extent.stop - extent.start > IN_MEMORY:
            return _LargePart(scanner.reading, extent, quoting)
        data = extent.header + scanner.at(extent.body, extent.stop - extent.body)
        return to_crlf(unquote(data, quoting))


@dataclass(frozen=True, slots=True)
class _LargePart(Large):
    """A large message of an mbox."""

    reading: Reading
    extent: Extent
    quoting: Quoting

    @override
    def chunks(self) -> Iterator[bytes]:
        as_it_is = any(b"\r\n" in piece for piece in aligned(self._raw()))
        for piece in aligned(self._raw()):
            data = unquote(piece, self.quoting)
            yield data if as_it_is else data.replace(b"\n", b"\r\n")

    def _raw(self) -> Iterator[bytes]:
        yield self.extent.header
        yield from windows(self.reading, self.extent.body, self.extent.stop)
