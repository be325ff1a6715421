"""COMPRESS=DEFLATE (RFC 4978): what it needs in memory, and how much may come of how little.

A compressor costs 256 KB: little is said without one, in stored blocks, and it is let go when nothing is said for a
while, which the client never notices, since each piece ends on an octet (Z_SYNC_FLUSH) and a new one refers to nothing
before it. A decompressor costs 40 KB: where the client ended on an octet as well, only what it said last is kept.
"""

import struct
import zlib
from typing import Final

_MOST: Final = 64 * 1024
"""Octets that are inflated at once; the rest waits until those are worked off."""
_RAW: Final = -15
_MEMORY: Final = 8
_LEVEL: Final = 5
_LITTLE: Final = 256
"""Octets that are worth no compressor."""
_WINDOW: Final = 32 * 1024
"""So far back may be referred to (RFC 1951 2)."""
_FLUSHED: Final = b"\0\0\xff\xff"
"""The end of an empty block that is stored (RFC 1951 3.2.4): the next begins with the next octet."""
_STORED: Final = struct.Struct("<BHH")
"""How a block begins that is stored, and not the last: its length, and that inverted (RFC 1951 3.2.4)."""
_EMPTY: Final = _STORED.pack(0, 0, 0xFFFF)
"""As Z_SYNC_FLUSH ends: what is said ends alike, with a compressor or without."""


class BadDeflate(ConnectionError):
    """What came is not compressed."""


class Compression:
    """Of one connection, both ways."""

    __slots__ = ("_deflate", "_end", "_inflate", "_said", "_waiting")

    def __init__(self) -> None:
        self._inflate: zlib._Decompress | None = None
        self._deflate: zlib._Compress | None = None
        self._waiting = b""
        self._said = b""
        """What the client may refer to."""
        self._end = _FLUSHED
        """The last octets that were inflated."""

    @property
    def waiting(self) -> bool:
        """Something that arrived is not inflated yet: call `inflated` again."""
        return bool(self._waiting)

    def inflated(self, data: bytes = b"") -> bytes:
        """Some of what the client said, at most 64 KiB. Raises BadDeflate."""
        inflate = self._inflate = self._inflate or zlib.decompressobj(_RAW, zdict=self._said)
        if inflate.eof:
            raise BadDeflate("the client has ended its stream, and goes on")
        try:
            result = inflate.decompress(self._waiting + data if self._waiting else data, _MOST)
        except zlib.error as error:
            raise BadDeflate("what the client sends is not compressed") from error
        self._waiting = inflate.unconsumed_tail or inflate.unused_data
        self._end = (self._end + data)[-len(_FLUSHED) :]
        self._said = (self._said + result)[-_WINDOW:]
        if self._end == _FLUSHED and not self._waiting and not inflate.eof:
            self._inflate = None
        return result

    def deflated(self, data: bytes) -> bytes:
        """What is sent, complete."""
        if self._deflate is None:
            if len(data) <= _LITTLE:
                return _STORED.pack(0, len(data), len(data) ^ 0xFFFF) + data + _EMPTY
            self._deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW, _MEMORY)
        return self._deflate.compress(data) + self._deflate.flush(zlib.Z_SYNC_FLUSH)

    def rest(self) -> None:
        """Nothing is said for a while."""
        self._deflate = None

    def left(self) -> bytes:
        """What arrived and was not inflated: compression ends (RFC 8437 4)."""
        left, self._waiting = self._waiting, b""
        return left
