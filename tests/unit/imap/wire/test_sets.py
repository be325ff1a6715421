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


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        (b",".join([b"1"] * 32_000), 1),
        (b",".join([b"9:8"] * 16_000), 1),
        (b",".join(b"%d:*" % number for number in range(1, 9_000)), 0),
        (b",".join(b"%d" % number for number in range(24_000, 1, -2)), 12_000),
    ],
)
def test_sets_as_long_as_a_command_keep_what_differs(text: bytes, ranges: int) -> None:
    found = SequenceSet.parse(text)
    assert len(found.numbers.ranges) == ranges
    assert len(found.upto(50_000).ranges) == max(ranges, 1)
