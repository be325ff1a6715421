"""One file of numbers, in the format that prometheus_client's multi-process mode reads.

    file  = used padding *entry          ; `used`: octets in use, int32; padding: 4 octets
    entry = length key *blank value timestamp   ; length: of the key, int32; key: JSON; 1 to 8 blanks, so that value
                                                ; is aligned to 8; value, timestamp: float64

The library writes these files through mmap, and there a full disk kills the process (SIGBUS). Here a full disk is an
OSError: the numbers stay in memory and are written when there is room again.
"""

import json
import struct
from io import FileIO
from pathlib import Path

_HEAD = struct.Struct("=i4x")
_LENGTH = struct.Struct("=i")
_NUMBERS = struct.Struct("=dd")


class Shelf:
    """An image of the file in memory, and where each number stands in it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._image = bytearray(_HEAD.size)
        self._places: dict[str, int] = {}
        self._written = False

    def place(self, key: str) -> int:
        """Where the number of this key stands; made, with value 0, if it is new."""
        place = self._places.get(key)
        if place is not None:
            return place
        octets = key.encode()
        self._image += _LENGTH.pack(len(octets)) + octets + b" " * _padding(len(octets))
        self._places[key] = place = len(self._image)
        self._image += _NUMBERS.pack(0.0, 0.0)
        return place

    def put(self, place: int, value: float) -> None:
        """Set the number at a place."""
        _NUMBERS.pack_into(self._image, place, value, 0.0)

    def load(self) -> dict[str, float]:
        """Take over what an earlier process left in the file: returns it by key, and keeps it in the image."""
        try:
            before = dict(_entries(self._path.read_bytes()))
        except (OSError, struct.error, UnicodeDecodeError):
            return {}
        for key, value in before.items():
            self.put(self.place(key), value)
        return before

    def write(self) -> None:
        """Bring the file up to date; whoever reads meanwhile finds a whole one. Raises OSError.

        It appears under its name when it is written, and later has new entries before it says that it has them.
        """
        _HEAD.pack_into(self._image, 0, len(self._image))
        if not self._written:
            fresh = self._path.with_suffix(".new")
            fresh.write_bytes(self._image)
            fresh.replace(self._path)
            self._written = True
            return
        with self._path.open("r+b", buffering=0) as file:
            _write_at(file, _HEAD.size, memoryview(self._image)[_HEAD.size :])
            _write_at(file, 0, memoryview(self._image)[: _HEAD.size])


def key_of(name: str, sample: str, labels: dict[str, str], description: str) -> str:
    """The key of an entry: names of metric and sample, labels in order, help text."""
    return json.dumps([name, sample, labels, description], sort_keys=True)


def _padding(length: int) -> int:
    return 8 - (length + _LENGTH.size) % 8


def _write_at(file: FileIO, offset: int, octets: memoryview) -> None:
    file.seek(offset)
    while octets:
        octets = octets[file.write(octets) :]


def _entries(data: bytes) -> list[tuple[str, float]]:
    (used,) = _HEAD.unpack_from(data)
    entries = []
    position = _HEAD.size
    while position < used:
        (length,) = _LENGTH.unpack_from(data, position)
        if length <= 0:
            raise struct.error("an entry without a key")
        start = position + _LENGTH.size
        position = start + length + _padding(length)
        value, _ = _NUMBERS.unpack_from(data, position)
        entries.append((data[start : start + length].decode(), value))
        position += _NUMBERS.size
    return entries
