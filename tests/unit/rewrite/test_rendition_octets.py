"""Renditions read from anywhere give what they give when they are read as a whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mail.octets import WINDOW, MemoryOctets
from gateway.rewrite.pieces import Copy, Encode, Literal, Piece, Rendition
from gateway.rewrite.rendition_octets import RenditionOctets
from gateway.rewrite.transfer_encoding import Coding

SOURCE = bytes(n * 7 % 256 for n in range(400))
SPANS = st.tuples(st.integers(0, 400), st.integers(0, 400)).map(sorted)
PIECES: st.SearchStrategy[Piece] = st.one_of(
    SPANS.map(lambda span: Copy(span[0], span[1])),
    st.binary(max_size=20).map(Literal),
    SPANS.map(lambda span: Encode(span[0], span[1], Coding.BASE64)),
)


@given(st.lists(PIECES, min_size=1, max_size=6), SPANS, st.booleans())
def test_any_window(pieces: list[Piece], span: list[int], blank: bool) -> None:
    rendition = Rendition(MemoryOctets(SOURCE), tuple(pieces))
    whole = bytes(rendition)
    if blank:
        whole = whole.replace(b"\0", b" ")
    octets = RenditionOctets(rendition, blank_nul=blank)
    start, stop = span
    assert len(octets) == len(whole)
    assert octets.read(start, stop) == whole[start:stop]
    assert b"".join(octets.chunks(start, stop)) == whole[start:stop]
    assert octets.isascii(start, stop) == whole[start:stop].isascii()
    for needle in (b"\r\n", b"A", b"\x07\x0e"):
        assert octets.find(needle, start, stop) == whole.find(needle, start, stop)


def test_needles_at_seams_are_found() -> None:
    data = b"x" * (WINDOW - 1) + b"\r\n--b" + b"y" * WINDOW
    octets = RenditionOctets(Rendition(MemoryOctets(data), (Literal(b""), Copy(0, len(data)))), blank_nul=False)
    assert octets.find(b"\r\n--b", 0, len(data)) == WINDOW - 1
    assert octets.find(b"nothing", 0, len(data)) == -1
    assert octets.find(b"y", 0, WINDOW) == -1


def test_other_encodings_are_refused() -> None:
    rendition = Rendition(MemoryOctets(b"a"), (Encode(0, 1, Coding.QUOTED_PRINTABLE),))
    with pytest.raises(ValueError, match="anywhere"):
        RenditionOctets(rendition, blank_nul=False)
