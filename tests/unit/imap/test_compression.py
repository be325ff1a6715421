"""What is compressed comes back; a bomb comes piece by piece; letting go of the compressor is never noticed."""

import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.imap.compression import BadDeflate, Compression

MOST = 64 * 1024


def packed(*pieces: bytes, flush: int = zlib.Z_SYNC_FLUSH) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return b"".join(packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH) for piece in pieces) + packer.flush(flush)


def drained(compression: Compression, data: bytes) -> list[bytes]:
    found = [compression.inflated(data)]
    while compression.waiting:
        found.append(compression.inflated())
    return found


@given(st.lists(st.tuples(st.binary(max_size=2000), st.booleans()), max_size=10))
def test_a_client_reads_one_stream_however_often_we_rest(pieces: list[tuple[bytes, bool]]) -> None:
    compression, client = Compression(), zlib.decompressobj(-15)
    for piece, rests in pieces:
        assert client.decompress(compression.deflated(piece)) == piece
        if rests:
            compression.rest()


@given(st.lists(st.binary(max_size=2000), max_size=10), st.integers(1, 50))
def test_what_a_client_says_comes_whole_however_it_is_cut(pieces: list[bytes], size: int) -> None:
    compression, stream = Compression(), packed(*pieces)
    cut = [stream[at : at + size] for at in range(0, len(stream), size)]
    assert b"".join(piece for chunk in cut for piece in drained(compression, chunk)) == b"".join(pieces)


@given(
    st.lists(st.tuples(st.binary(max_size=200), st.integers(1, 400), st.booleans()), max_size=10),
    st.sampled_from([zlib.Z_SYNC_FLUSH, zlib.Z_PARTIAL_FLUSH, zlib.Z_FULL_FLUSH]),
    st.integers(1, 9),
)
def test_what_a_client_says_comes_whole_however_often_we_rest(
    pieces: list[tuple[bytes, int, bool]], flush: int, level: int
) -> None:
    compression, client = Compression(), zlib.compressobj(level, zlib.DEFLATED, -15)
    for piece, times, rests in pieces:
        # It refers to what it said before, as far back as it may.
        said = piece * times
        assert b"".join(drained(compression, client.compress(said) + client.flush(flush))) == said
        if rests:
            compression.rest()


def test_a_rest_in_the_middle_of_what_a_client_says() -> None:
    stream = packed(b"a NOOP\r\n" * 10, b"b NOOP\r\n" * 10)
    for at in range(len(stream)):
        compression = Compression()
        before = drained(compression, stream[:at])
        compression.rest()
        assert b"".join([*before, *drained(compression, stream[at:])]) == b"a NOOP\r\n" * 10 + b"b NOOP\r\n" * 10


def test_who_is_silent_takes_little_memory() -> None:
    said, kept = packed(b"a IDLE\r\n"), list[Compression]()
    tracemalloc.start()
    try:
        for _ in range(50):
            compression = Compression()
            compression.inflated(said)
            compression.deflated(b"+ idling\r\n")
            kept.append(compression)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken / len(kept) < 1000


def test_a_bomb_comes_piece_by_piece() -> None:
    bomb = packed(b"x" * 10_000_000)
    assert len(bomb) < 20_000
    found = drained(Compression(), bomb)
    assert max(map(len, found)) <= MOST
    assert sum(map(len, found)) == 10_000_000


def test_a_client_ends_its_stream_once() -> None:
    """Thousands of empty streams would cost us more than it."""
    with pytest.raises(BadDeflate):
        drained(Compression(), packed(b"one", flush=zlib.Z_FINISH) + packed(b"two"))


def test_what_is_behind_the_end_can_be_taken() -> None:
    compression = Compression()
    assert compression.inflated(packed(b"UNAUTHENTICATE\r\n", flush=zlib.Z_FINISH) + b"a NOOP\r\n").endswith(b"\r\n")
    assert compression.left() == b"a NOOP\r\n"


@pytest.mark.parametrize("junk", [b"a NOOP\r\n" * 10, b"\xff" * 10])
def test_what_is_not_compressed_is_refused(junk: bytes) -> None:
    with pytest.raises(BadDeflate):
        drained(Compression(), junk)
