"""Dots for DATA."""

import pytest

from gateway.deliver.stuffing import Ambiguous, Stuffer, stuffed


@pytest.mark.parametrize(
    ("data", "wire"),
    [
        (b"", b".\r\n"),
        (b"a\r\n", b"a\r\n.\r\n"),
        (b"a", b"a\r\n.\r\n"),
        (b".", b"..\r\n.\r\n"),
        (b".\r\n", b"..\r\n.\r\n"),
        (b"a\r\n.\r\n..\r\nb.c\r\n", b"a\r\n..\r\n...\r\nb.c\r\n.\r\n"),
        (b"\r\n.", b"\r\n..\r\n.\r\n"),
    ],
)
def test_stuffed(data: bytes, wire: bytes) -> None:
    assert stuffed(data) == wire


@pytest.mark.parametrize("data", [b"a\n.\r\n", b"a\r.\r\nb", b"a\r\r.", b"x\r\n\n.\n"])
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_a_dot_behind_a_bare_line_end_cannot_be_sent(data: bytes, size: int) -> None:
    stuffer = Stuffer()
    with pytest.raises(Ambiguous):
        stuffed(data)
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    with pytest.raises(Ambiguous):
        b"".join(map(stuffer.feed, pieces))
