"""A body in a file answers as the same body in memory does, also across the borders of its windows."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mail.octets import WINDOW, MemoryOctets
from gateway.storage.octets import FileOctets

CONTENT = bytearray(b"a" * (3 * WINDOW + 500))
for place in (0, 10, WINDOW - 3, WINDOW, 2 * WINDOW - 1, 3 * WINDOW - 2, len(CONTENT) - 4):
    CONTENT[place : place + 4] = b"\r\n.\r"
CONTENT[WINDOW + 9] = 0xFC

near = st.sampled_from([0, 10, WINDOW, 2 * WINDOW, 3 * WINDOW, len(CONTENT)]).flatmap(
    lambda offset: st.integers(max(offset - 12, 0), offset + 12)
)
needles = st.sampled_from([b"\n", b"\r\n", b"\r\n.\r", b"\r\n.\ra", b"a\r\n.", b"b", b"", b"a" * 500, b"\n.\r\n"])


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> FileOctets:
    path: Path = tmp_path_factory.mktemp("body") / "body"
    path.write_bytes(CONTENT)
    return FileOctets(path)


@given(needle=needles, start=near, stop=near)
def test_find(stored: FileOctets, needle: bytes, start: int, stop: int) -> None:
    assert stored.find(needle, start, stop) == bytes(CONTENT).find(needle, start, stop)


@given(start=near, stop=near)
def test_reading(stored: FileOctets, start: int, stop: int) -> None:
    memory = MemoryOctets(bytes(CONTENT))
    assert stored.read(start, stop) == memory.read(start, stop)
    assert stored.isascii(start, stop) == memory.isascii(start, stop)
    chunks = list(stored.chunks(start, stop))
    assert b"".join(chunks) == memory.read(start, stop)
    assert all(0 < len(chunk) <= WINDOW for chunk in chunks)


def test_length(stored: FileOctets) -> None:
    assert len(stored) == len(CONTENT)
