"""The bytes of a message, wherever they are: in memory, or in a file that is never held whole in memory.

Every reader of messages (the MIME scanner, the inspector, the rewriter, the sender) works on `OctetSource`, by
offsets, so that a 100 MB message costs no more memory than the windows that are read of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from typing_extensions import override

WINDOW = 64 * 1024
"""Octets read at a time from a source that is not in memory."""


class OctetSource(Protocol):
    """Random access to an immutable run of octets. Offsets are half-open: `[start, stop)`."""

    def __len__(self) -> int:
        """How many octets there are."""
        ...

    def read(self, start: int, stop: int) -> bytes:
        """The octets from `start` up to `stop`; fewer where the source ends before."""
        ...

    def find(self, needle: bytes, start: int, stop: int) -> int:
        """The lowest offset in `[start, stop)` at which the whole `needle` lies inside the range; -1 if nowhere."""
        ...

    def isascii(self, start: int, stop: int) -> bool:
        """Whether no octet of the range is over 127."""
        ...

    def chunks(self, start: int, stop: int) -> Iterator[bytes]:
        """The range in pieces of a bounded size, in order."""
        ...


@dataclass(frozen=True, slots=True)
class MemoryOctets(OctetSource):
    """Octets that are in memory."""

    data: bytes

    @override
    def __len__(self) -> int:
        return len(self.data)

    @override
    def read(self, start: int, stop: int) -> bytes:
        return self.data[start:stop]

    @override
    def find(self, needle: bytes, start: int, stop: int) -> int:
        return self.data.find(needle, start, stop)

    @override
    def isascii(self, start: int, stop: int) -> bool:
        if start == 0 and stop >= len(self.data):
            return self.data.isascii()
        return self.data[start:stop].isascii()

    @override
    def chunks(self, start: int, stop: int) -> Iterator[bytes]:
        if start == 0 and stop >= len(self.data) <= WINDOW:
            yield self.data
            return
        for offset in range(start, min(stop, len(self.data)), WINDOW):
            yield self.data[offset : min(offset + WINDOW, stop)]
