"""Sets of message numbers (RFC 9051 9 sequence-set)."""

import pytest

from gateway.imap.wire.sets import SequenceSet


@pytest.mark.parametrize(
    ("text", "highest", "meant"),
    [
        (b"*", 7, "7"),
        (b"5:*", 3, "3:5"),
        (b"*:2", 7, "2:7"),
        (b"2,4:3,9", 5, "2:4,9"),
        (b"1:*", 0, ""),
        (b"*", 0, ""),
        (b"4294967295", 5, "4294967295"),
    ],
)
def test_what_is_meant(text: bytes, highest: int, meant: str) -> None:
    assert str(SequenceSet.parse(text).upto(highest)) == meant


def test_the_highest_that_is_written() -> None:
    assert SequenceSet.parse(b"3,*:9,4").highest == 9
    assert SequenceSet.parse(b"*").highest == 0
