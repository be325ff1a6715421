"""COMPRESS=DEFLATE (RFC 4978): what it needs in memory, and how much may come of how little.

A compressor costs 256 KB: it is let go when nothing is said, and made anew, which the client never notices, since each
piece ends on an octet (Z_SYNC_FLUSH) and a new one refers to nothing before it.
"""

import zlib
from typing import Final

_MOST: Final = 64 * 1024
"""Octets that are inflated at once; the rest waits until those are worked off."""
_RAW: Final = -15
_MEMORY: Final = 8
_LEVEL: Final = 5


class BadDeflate(ConnectionError):
    """What came is not compressed."""


class Compression:
    """Of one connection, both ways."""

    __slots__ = ("_deflate", "_inflate", "_waiting")

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(_RAW)
        self._deflate: zlib._Compress | None = None
        self._waiting = b""

    @property
    def waiting(self) -> bool:
        """Something that arrived is not inflated yet: call `inflated` again."""
        return bool(self._waiting)

    def inflated(self, data: bytes = b"") -> bytes:
        """Some of what the client said, at most 64 KiB. Raises BadDeflate."""
        if self._inflate.eof:
            raise BadDeflate("the client has ended its stream, and goes on")
        try:
            result = self._inflate.decompress(self._waiting + data if self._waiting else data, _MOST)
        except zlib.error as error:
            raise BadDeflate("what the client sends is not compressed") from error
        self._waiting = self._inflate.unconsumed_tail or self._inflate.unused_data
        return result

    def deflated(self, data: bytes) -> bytes:
        """What is sent, complete."""
        if self._deflate is None:
            self._deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW, _MEMORY)
        return self._deflate.compress(data) + self._deflate.flush(zlib.Z_SYNC_FLUSH)

    def rest(self) -> None:
        """Nothing is said for a while."""
        self._deflate = None

    def left(self) -> bytes:
        """What arrived and was not inflated: compression ends (RFC 8437 4)."""
        left, self._waiting = self._waiting, b""
        return left
