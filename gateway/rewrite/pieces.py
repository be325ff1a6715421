"""A rewritten message as pieces of the original: nothing is held whole, whatever its size.

`Rendition.chunks()` gives the octets of the new message in order, in pieces of a bounded size. What did not change
is copied from the source octet for octet.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.mail.octets import OctetSource
from gateway.rewrite.transfer_encoding import Coding, coded


@dataclass(frozen=True, slots=True)
class Copy:
    """Octets of the source as they are."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Literal:
    """Octets of our own."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Encode:
    """Octets of the source in a transfer encoding."""

    start: int
    stop: int
    coding: Coding


Piece = Copy | Literal | Encode


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `[start, stop)` of the source by pieces. An empty range inserts; no pieces remove."""

    start: int
    stop: int
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Rendition:
    """A message made of pieces of `source`."""

    source: OctetSource
    pieces: tuple[Piece, ...]

    def chunks(self) -> Iterator[bytes]:
        """The octets in order, none empty, each at most a few times the size of a window of the source."""
        for piece in self.pieces:
            yield from filter(None, self._octets(piece))

    def __bytes__(self) -> bytes:
        """All of it in memory: for small messages."""
        return b"".join(self.chunks())

    def _octets(self, piece: Piece) -> Iterator[bytes]:
        match piece:
            case Copy(start, stop):
                return self.source.chunks(start, stop)
            case Literal(data):
                return iter((data,))
            case Encode(start, stop, coding):
                return coded(self.source.chunks(start, stop), coding)

    @property
    def unchanged(self) -> bool:
        """Whether it is the source, octet for octet."""
        return self.pieces == (Copy(0, len(self.source)),)


def whole(source: OctetSource) -> Rendition:
    """The source as it is."""
    return Rendition(source, (Copy(0, len(source)),))


def edited(source: OctetSource, edits: Sequence[Edit]) -> Rendition:
    """The source with edits applied. They must not overlap; those at the same place apply in the order given."""
    pieces: list[Piece] = []
    at = 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        if edit.start > at:
            pieces.append(Copy(at, edit.start))
        pieces.extend(edit.pieces)
        at = max(at, edit.stop)
    if at < len(source) or not pieces:
        pieces.append(Copy(at, len(source)))
    return Rendition(source, tuple(pieces))
