"""Dots: what is stuffed at any chunking is unstuffed to the same at any other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.sink.dots import DotReader
from gateway.deliver.stuffing import Ambiguous, Stuffer, stuffed

PIECES = st.sampled_from([b".", b"\r\n", b"..", b"a", b"\r\n.", b"\r\n.\r\n", b"xyz", b"\xff"])
LINES = st.lists(PIECES, max_size=30).map(b"".join)
ANY = st.one_of(
    st.binary(max_size=60), st.lists(st.sampled_from([b"\r", b"\n", b".", b"a"]), max_size=20).map(b"".join)
)
SIZES = st.lists(st.integers(1, 9), min_size=1, max_size=5)


def chunks(data: bytes, sizes: list[int]) -> list[bytes]:
    """The data in pieces of these sizes, over and over."""
    found: list[bytes] = []
    while data:
        size = sizes[len(found) % len(sizes)]
        found.append(data[:size])
        data = data[size:]
    return found


def streamed(data: bytes, sizes: list[int]) -> bytes:
    stuffer = Stuffer()
    return b"".join([*map(stuffer.feed, chunks(data, sizes)), stuffer.end()])


@given(LINES, SIZES, SIZES)
def test_there_and_back(data: bytes, out: list[int], back: list[int]) -> None:
    wire = stuffed(data)
    assert (streamed(data, out) == wire) or not data
    reader = DotReader()
    got = b"".join([reader.feed(piece) for piece in chunks(wire, back) if reader.rest is None])
    assert got == data + (b"" if data.endswith(b"\r\n") or not data else b"\r\n")
    assert reader.rest == b""


@given(ANY, SIZES)
def test_no_message_ends_before_its_end(data: bytes, sizes: list[int]) -> None:
    try:
        wire = stuffed(data)
    except Ambiguous:
        with pytest.raises(Ambiguous):
            streamed(data, sizes)
        return
    assert streamed(data, sizes) == wire
    assert wire.startswith(b".\r\n") == (not data)
    for end in (b"\n.\r\n", b"\n.\n", b"\r.\r\n", b"\r.\r"):
        assert wire.find(end) in (-1, len(wire) - 4, len(wire) - 5)
