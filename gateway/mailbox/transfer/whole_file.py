"""A file that is one message."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from gateway.mailbox.transfer.files import Reading, windows
from gateway.mailbox.transfer.model import IN_MEMORY, Large
from gateway.mailbox.transfer.newlines import aligned, to_crlf


def content_of(reading: Reading) -> "bytes | Large":
    """Its octets, with CRLF. Raises OSError."""
    if reading.size > IN_MEMORY:
        return _LargeFile(reading.path, reading.named)
    return to_crlf(reading.at(0, reading.size))


@dataclass(frozen=True, slots=True)
class _LargeFile(Large):
    path: Path
    named: bool

    @override
    def chunks(self) -> Iterator[bytes]:
        with Reading(self.path, self.named) as reading:
            as_it_is = any(b"\r\n" in piece for piece in aligned(windows(reading, 0, reading.size)))
            for piece in windows(reading, 0, reading.size):
                yield piece if as_it_is else piece.replace(b"\n", b"\r\n")
