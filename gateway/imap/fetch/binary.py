"""BINARY (RFC 3516, RFC 9051 6.4.5): parts without their Content-Transfer-Encoding.

What is no leaf is as it is: its encoding says nothing but of which octets it is made (RFC 2045 6.4).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.imap.fetch.sections import Sections
from gateway.imap.wire.fetch import Window
from gateway.mail.octets import OctetSource
from gateway.mime.scan import IDENTITY
from gateway.mime.structure import Kind, Span
from gateway.mime.transfer_decoding import decoded_chunks

_ENCODED = frozenset({"base64", "quoted-printable"})


class UnknownEncoding(Exception):
    """Nobody here knows how to decode it (RFC 3516 4.3 UNKNOWN-CTE)."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A part without its encoding."""

    octets: OctetSource
    span: Span
    encoding: str
    window: Window | None = None

    def chunks(self) -> Iterator[bytes]:
        """What lies in the window, in order, each of a bounded size."""
        chunks = decoded_chunks(self.octets.chunks(*self.span), self.encoding)
        return chunks if self.window is None else _within(chunks, self.window)

    def measure(self) -> tuple[int, bool]:
        """How many octets that are, and whether a NUL is among them. Decodes all of it."""
        size, nul = 0, False
        for chunk in self.chunks():
            size += len(chunk)
            nul = nul or b"\0" in chunk
        return size, nul


def decoded(sections: Sections, octets: OctetSource, part: Sequence[int], window: Window | None) -> Decoded | None:
    """None: there is no such part. Raises UnknownEncoding, OSError."""
    if not part:
        return Decoded(octets, Span(0, len(octets)), "", window)
    found = sections.part(part)
    if found is None:
        return None
    encoding = found.encoding if found.kind is Kind.LEAF else ""
    if encoding and encoding not in _ENCODED | IDENTITY:
        raise UnknownEncoding
    return Decoded(octets, found.body, encoding, window)


def _within(chunks: Iterator[bytes], window: Window) -> Iterator[bytes]:
    skip, left = window.start, window.size
    for chunk in chunks:
        piece = chunk[skip : skip + left]
        skip = max(skip - len(chunk), 0)
        left -= len(piece)
        if piece:
            yield piece
        if not left:
            return
