"""The octets of a large body: a file, read by windows, never held whole in memory."""

import os
import weakref
from collections.abc import Iterator
from pathlib import Path

from typing_extensions import override

from gateway.mail.octets import WINDOW, OctetSource

_WINDOWS_KEPT = 2


class FileOctets(OctetSource):
    """An immutable file. It is opened at first use and closed with the last reference; two windows are kept in memory.

    Windows begin at multiples of WINDOW, so that readers who go on line by line read each of them once. Raises OSError
    where the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = -1
        self._size = -1
        self._windows: dict[int, bytes] = {}

    @override
    def __len__(self) -> int:
        self._open()
        return self._size

    @override
    def read(self, start: int, stop: int) -> bytes:
        start, stop = self._clip(start, stop)
        number = start // WINDOW
        if start < stop <= (number + 1) * WINDOW:
            base = number * WINDOW
            return self._window(number)[start - base : stop - base]
        return self._pread(start, stop)

    @override
    def find(self, needle: bytes, start: int, stop: int) -> int:
        start, stop = self._clip(start, stop)
        overlap = len(needle) - 1
        while start + overlap < stop:
            end = min((start // WINDOW + 1) * WINDOW, stop)
            found = self._find_within(needle, start, end)
            if found < 0 and overlap and end < stop:
                seam = max(end - overlap, start)
                found = _shifted(self.read(seam, min(end + overlap, stop)).find(needle), seam)
            if found >= 0:
                return found
            start = end
        return start if not needle and start == stop else -1

    @override
    def isascii(self, start: int, stop: int) -> bool:
        return all(chunk.isascii() for chunk in self.chunks(start, stop))

    @override
    def chunks(self, start: int, stop: int) -> Iterator[bytes]:
        start, stop = self._clip(start, stop)
        while start < stop:
            end = min((start // WINDOW + 1) * WINDOW, stop)
            yield self._pread(start, end)
            start = end

    def _clip(self, start: int, stop: int) -> tuple[int, int]:
        return max(start, 0), min(stop, len(self))

    def _find_within(self, needle: bytes, start: int, end: int) -> int:
        number = start // WINDOW
        base = number * WINDOW
        return _shifted(self._window(number).find(needle, start - base, end - base), base)

    def _window(self, number: int) -> bytes:
        window = self._windows.get(number)
        if window is None:
            while len(self._windows) >= _WINDOWS_KEPT:
                del self._windows[next(iter(self._windows))]
            window = self._windows[number] = self._pread(number * WINDOW, (number + 1) * WINDOW)
        return window

    def _pread(self, start: int, stop: int) -> bytes:
        self._open()
        pieces = []
        while start < stop and (piece := os.pread(self._descriptor, stop - start, start)):
            pieces.append(piece)
            start += len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _open(self) -> None:
        if self._descriptor < 0:
            self._descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            weakref.finalize(self, os.close, self._descriptor)
            self._size = os.fstat(self._descriptor).st_size


def _shifted(offset: int, base: int) -> int:
    return -1 if offset < 0 else offset + base
