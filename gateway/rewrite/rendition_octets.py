"""A rendition to be read from anywhere: a large message that is shown in another form is never held whole.

Base64 can be begun at any of its lines: 57 octets of the source are one of 76, and its CRLF.
"""

import binascii
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from typing_extensions import override

from gateway.mail.octets import WINDOW, OctetSource
from gateway.rewrite.pieces import Copy, Encode, Literal, Piece, Rendition
from gateway.rewrite.transfer_encoding import LINE, Coding

_OF_LINE: Final = LINE // 4 * 3
_WHOLE_LINE: Final = LINE + 2
_WINDOWS_KEPT: Final = 2
_BLANKED: Final = bytes.maketrans(b"\0", b" ")


class RenditionOctets(OctetSource):
    """Of a rendition whose encodings are all base64. `blank_nul`: a NUL that it still has is a blank."""

    def __init__(self, rendition: Rendition, *, blank_nul: bool) -> None:
        self._source = rendition.source
        self._pieces = rendition.pieces
        self._ends = list(accumulate(map(_size, rendition.pieces)))
        self._blank_nul = blank_nul
        self._windows: dict[int, bytes] = {}

    @override
    def __len__(self) -> int:
        return self._ends[-1]

    @override
    def read(self, start: int, stop: int) -> bytes:
        start, stop = max(start, 0), min(stop, len(self))
        number = start // WINDOW
        if start < stop <= (number + 1) * WINDOW:
            base = number * WINDOW
            return self._window(number)[start - base : stop - base]
        return self._made(start, stop)

    @override
    def find(self, needle: bytes, start: int, stop: int) -> int:
        start, stop = max(start, 0), min(stop, len(self))
        overlap = len(needle) - 1
        while start + overlap < stop:
            end = min((start // WINDOW + 1) * WINDOW, stop)
            found = self.read(start, end).find(needle)
            if found >= 0:
                return start + found
            if overlap and end < stop:
                seam = max(end - overlap, start)
                found = self.read(seam, min(end + overlap, stop)).find(needle)
                if found >= 0:
                    return seam + found
            start = end
        return -1

    @override
    def isascii(self, start: int, stop: int) -> bool:
        return all(chunk.isascii() for chunk in self.chunks(start, stop))

    @override
    def chunks(self, start: int, stop: int) -> Iterator[bytes]:
        stop = min(stop, len(self))
        for at in range(max(start, 0), stop, WINDOW):
            yield self.read(at, min(at + WINDOW, stop))

    def _window(self, number: int) -> bytes:
        """Readers go on from where they were: a window of many small pieces is put together once."""
        window = self._windows.get(number)
        if window is None:
            while len(self._windows) >= _WINDOWS_KEPT:
                del self._windows[next(iter(self._windows))]
            window = self._windows[number] = self._made(number * WINDOW, min((number + 1) * WINDOW, len(self)))
        return window

    def _made(self, start: int, stop: int) -> bytes:
        found: list[bytes] = []
        number = bisect_right(self._ends, start)
        while start < stop:
            base = self._ends[number - 1] if number else 0
            end = min(self._ends[number], stop)
            found.append(self._of_piece(self._pieces[number], start - base, end - base))
            start, number = end, number + 1
        octets = found[0] if len(found) == 1 else b"".join(found)
        return octets.translate(_BLANKED) if self._blank_nul else octets

    def _of_piece(self, piece: Piece, low: int, high: int) -> bytes:
        match piece:
            case Copy(start, _):
                return self._source.read(start + low, start + high)
            case Literal(data):
                return data[low:high]
            case Encode(start, stop, _):
                first, last = low // _WHOLE_LINE, -(-high // _WHOLE_LINE)
                octets = self._source.read(start + first * _OF_LINE, min(start + last * _OF_LINE, stop))
                base = first * _WHOLE_LINE
                return _base64(octets)[low - base : high - base]


def _base64(octets: bytes) -> bytes:
    lines = [binascii.b2a_base64(octets[at : at + _OF_LINE], newline=False) for at in range(0, len(octets), _OF_LINE)]
    return b"\r\n".join([*lines, b""])


def _size(piece: Piece) -> int:
    match piece:
        case Literal(data):
            return len(data)
        case Encode(start, stop, coding):
            if coding is not Coding.BASE64:
                raise ValueError(f"{coding} cannot be begun anywhere")
            size = stop - start
            return (size + 2) // 3 * 4 + max((size - 1) // _OF_LINE, 0) * 2
        case Copy(start, stop):
            return stop - start
